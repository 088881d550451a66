import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { keptSpools } from '../../internal/files/kept-spools.js';
import { type Spool, spool } from '../../internal/files/spool.js';
import { markVerified } from '../../internal/streams/verified-mark.js';
import { knownDigest } from '../../partial/known-digest.js';
import type { Layer } from '../../v1/layer.js';

/**
 * Keeps what one-shot streams gave, as their names in an archive come before their content, and what other layers have
 * compressed, until it is closed at the end of the write.
 */
export interface StreamSpools {
  /** Reads a layer whose digest is not known yet into a spool; undefined for any other layer. */
  of(layer: Layer, options: AbortOptions): Promise<SpooledLayer | undefined>;
  close(): Promise<void>;
}

export interface SpooledLayer {
  readonly open: (options: AbortOptions) => Promise<Readable>;
}

export function streamSpools(): StreamSpools {
  const spools = new Map<Layer, Spool>();
  const release = keptSpools.hold();
  return {
    of: async (layer, options) => {
      if (!spools.has(layer)) {
        if ((await knownDigest(layer, options)) !== undefined) return undefined;
        spools.set(layer, await spool(await layer.compressed(options), options));
      }
      const kept = spools.get(layer);
      if (kept === undefined) return undefined;
      // The layer hashed the very bytes that are in the spool.
      return { open: async (options) => markVerified(kept.open(), await layer.digest(options)) };
    },
    close: async () => {
      release();
      for (const kept of spools.values()) await kept.close();
    },
  };
}
