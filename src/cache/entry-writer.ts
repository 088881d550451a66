import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import { type AtomicFile, atomicFile } from '../internal/files/atomic-file.js';
import { makeDirectory } from '../internal/files/make-directory.js';
import { isVerifiedAs } from '../internal/streams/verified-mark.js';
import { verified } from '../internal/streams/verify.js';
import { guardStream } from '../partial/layers/open-stream.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import { entryPath } from './entry-path.js';
import { type Form, knownName } from './known-name.js';
import { sweep } from './sweep.js';
import { teeToFile } from './tee-to-file.js';

/** Writes layers into the directory of a cache while they are read. */
export interface EntryWriter {
  /** Opens one form of a layer. Its bytes become an entry when they were read to the end. */
  open(layer: Layer, form: Form, options?: AbortOptions): Promise<Readable>;
}

/** After a write has failed, the failure is passed to `onFailure`, and nothing more is written. */
export function newEntryWriter(directory: string, onFailure: (error: unknown) => void): EntryWriter {
  let isWritable = true;
  const swept = lazy(async () => sweep(directory));

  const stopWriting = (error: unknown): void => {
    // A full disk must not fail the pull, which may not need the disk.
    isWritable = false;
    onFailure(error);
  };

  const begin = async (hash: Hash): Promise<AtomicFile | undefined> => {
    if (!isWritable) return undefined;
    try {
      await makeDirectory(directory);
      await swept();
      return await atomicFile(entryPath(directory, hash));
    } catch (error) {
      stopWriting(error);
      return undefined;
    }
  };

  return {
    open: async (layer, form, options) => {
      options?.signal?.throwIfAborted();
      const hash = await knownName(layer, form, options);
      const file = hash && (await begin(hash));
      if (hash === undefined || file === undefined) return layer[form](options);
      try {
        // The layer is opened last, so that its stream has an error listener from the start.
        const source = await layer[form](options);
        const content = isVerifiedAs(source, hash)
          ? source
          : verified(source, { digest: hash, subject: `layer ${hash}` });
        return guardStream(teeToFile(content, hash, file, stopWriting), options);
      } catch (error) {
        await file.discard();
        throw error;
      }
    },
  };
}
