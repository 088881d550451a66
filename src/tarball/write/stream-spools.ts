import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { keptSpools } from '../../internal/files/kept-spools.js';
import { type Spool, spool } from '../../internal/files/spool.js';
import { markVerified } from '../../internal/streams/verified-mark.js';
import { knownDigest } from '../../partial/known-digest.js';
import type { Layer } from '../../v1/layer.js';

/**
 * Keeps the content of one-shot streams until `close` at the end of the write: the name of a layer in an archive is made from
 * its digest and precedes the content. Until then it also keeps the content that other layers have compressed.
 */
export interface StreamSpools {
  /** Reads a layer whose digest is not known yet into a spool; undefined for any other layer. */
  spoolStreamed(layer: Layer, options: AbortOptions): Promise<SpooledLayer | undefined>;
  close(): Promise<void>;
}

/** A layer in a spool. */
export interface SpooledLayer {
  readonly open: (options: AbortOptions) => Promise<Readable>;
}

export function streamSpools(): StreamSpools {
  const spools = new Map<Layer, Spool>();
  const release = keptSpools.hold();
  return {
    spoolStreamed: async (layer, options) => {
      if (!spools.has(layer)) {
        if ((await knownDigest(layer, options)) !== undefined) return undefined;
        spools.set(layer, await spool(await layer.compressed(options), options));
      }
      const kept = spools.get(layer);
      if (kept === undefined) return undefined;
      // The stream is verified: the layer computed its digest from the bytes that are in the spool.
      return { open: async (options) => markVerified(kept.open(), await layer.digest(options)) };
    },
    close: async () => {
      release();
      for (const kept of spools.values()) await kept.close();
    },
  };
}
