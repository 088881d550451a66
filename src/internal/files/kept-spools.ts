import type { Readable } from 'node:stream';
import type { AbortOptions } from '../async/abort.js';
import type { Spool } from './spool.js';

/** What the spools may hold that no write needs at the moment. */
export interface IdleLimits {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Keeps the spools of layers, whose users have nothing to close.
 *
 * A layer cannot tell when its compressed form is needed for the last time, so nobody owns its spool in the usual way.
 * While something is written, all spools stay, so that no layer is compressed twice for one write. At all other times only
 * the most recently used ones stay, within limits: a program that only asks many images for their digests would
 * otherwise run out of descriptors and disk space before the garbage collector sees a reason to run. A
 * spool that was closed is made again from its source when someone asks for it.
 */
export interface SpoolKeeper {
  /** Takes a spool into care. */
  keep(spool: Spool): KeptSpool;
  /** Keeps all spools until the function returned is called. */
  hold(): () => void;
}

export interface KeptSpool {
  /** Opens the whole spool; undefined if it was closed. */
  open(options?: AbortOptions): Readable | undefined;
}

export function spoolKeeper(limits: IdleLimits): SpoolKeeper {
  // The least recently used is first. Weak references: a layer that nobody has any more frees its spool sooner.
  const spools = new Set<WeakRef<Spool>>();
  let holders = 0;

  const trim = (): void => {
    if (holders > 0) return;
    let files = 0;
    let bytes = 0;
    for (const reference of [...spools].reverse()) {
      const spool = reference.deref();
      if (spool !== undefined) {
        files += 1;
        bytes += spool.size;
        // The most recent one stays whatever its size: to ask for the digest and then for the bytes is the common order.
        if (files === 1 || (files <= limits.files && bytes <= limits.bytes)) continue;
        // The caller has what it wanted; a failure to close takes nothing from it. Open streams read on.
        spool.close().catch(() => undefined);
      }
      spools.delete(reference);
    }
  };

  return {
    keep: (spool) => {
      if (!spool.onDisk) return { open: (options) => spool.stream(0, spool.size, options) };
      const reference = new WeakRef(spool);
      spools.add(reference);
      trim();
      return {
        open: (options) => {
          if (!spools.delete(reference)) return undefined;
          spools.add(reference);
          return spool.stream(0, spool.size, options);
        },
      };
    },
    hold: () => {
      holders += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holders -= 1;
        trim();
      };
    },
  };
}

/** The keeper of this process, as descriptors and the temporary directory belong to the process too. */
export const keptSpools = spoolKeeper({ files: 16, bytes: 1024 ** 3 });

/** Runs a write, or another pass over whole images, for which no layer should be compressed twice. */
export async function keepingSpools<T>(run: () => Promise<T>): Promise<T> {
  const release = keptSpools.hold();
  try {
    return await run();
  } finally {
    release();
  }
}
