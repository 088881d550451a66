import type { Readable } from 'node:stream';
import type { AbortOptions } from '../async/abort.js';
import type { Spool } from './spool.js';

/** The files and bytes that spools may hold while nothing is being written. */
export interface IdleLimits {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Keeps the spools of layers, because users of a layer have nothing to close.
 *
 * A layer cannot know when its compressed form is read for the last time, so its spool has no ordinary owner.
 * During a write all spools stay, so that no layer is compressed twice for one write. At other times only the most
 * recently used spools stay, within limits: a program that only computes the digests of many images would
 * otherwise run out of descriptors and disk space before the garbage collector runs. A closed spool is created
 * again from its source when it is read again.
 */
export interface SpoolKeeper {
  /** Takes over a spool; it is closed when a limit requires it. */
  keep(spool: Spool): KeptSpool;
  /** Keeps all spools until the returned function is called. */
  hold(): () => void;
}

export interface KeptSpool {
  /** Opens all bytes of the spool; undefined if the spool was closed. */
  open(options?: AbortOptions): Readable | undefined;
}

export function spoolKeeper(limits: IdleLimits): SpoolKeeper {
  // The least recently used spool is first. The references are weak, so that the spool of an unreachable layer is
  // freed sooner.
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
        // The most recent spool stays whatever its size: callers often read the digest first and the bytes next.
        if (files === 1 || (files <= limits.files && bytes <= limits.bytes)) continue;
        // The caller already has its result, so a failure to close is ignored. Open streams can be read to their
        // end.
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

/** One keeper for the process, because descriptors and the temporary directory belong to the process. */
export const keptSpools = spoolKeeper({ files: 16, bytes: 1024 ** 3 });

/** Runs a write, or another pass over complete images, without compressing a layer twice. */
export async function keepingSpools<T>(run: () => Promise<T>): Promise<T> {
  const release = keptSpools.hold();
  try {
    return await run();
  } finally {
    release();
  }
}
