import type { Readable } from 'node:stream';

import { discard, ignoreLateErrors } from '../streams/consume.js';
import { readTar } from '../tar/tar.js';
import { confusesNames } from './name-clashes.js';
import { Unpacker } from './unpacker.js';
import type { UnpackOptions, UnpackTotals } from './options.js';
import { type UnpackTarget, unpackTarget } from './target.js';

const MAX_ENTRIES = 1_000_000;

/**
 * Unpacks a plain tar into a directory, and nowhere else: names that lead outside, and names behind links, are
 * refused.
 *
 * The directory has to be empty or absent, unless `merge` is set. An absent directory appears when it is complete,
 * and a failure leaves nothing of it. Files and directories get exactly their modes, whatever the umask.
 *
 * Owns the source. Memory grows with the directories of the archive but not with its files, unless `readName` is
 * set or the file system treats different names as equal.
 *
 * @throws UnsafePathError if a name leads outside, or if this system treats it as equal to another name.
 */
export async function unpackTar(
  source: Readable,
  directory: string,
  options: UnpackOptions = {},
): Promise<UnpackTotals> {
  const { signal, maxEntries = MAX_ENTRIES } = options;
  ignoreLateErrors(source);
  let target: UnpackTarget;
  try {
    signal?.throwIfAborted();
    target = await unpackTarget(directory, options.merge ?? false);
  } catch (error) {
    discard(source);
    throw error;
  }
  let unpacker: Unpacker | undefined;
  try {
    const confused = options.portable === true || (await confusesNames(target.root));
    unpacker = new Unpacker(target, options, confused);
    for await (const entry of readTar(source, { signal, maxEntries })) {
      if (options.filterEntries?.(entry.header) !== false) await unpacker.take(entry);
    }
    const totals = await unpacker.finish();
    signal?.throwIfAborted();
    await target.commit();
    return totals;
  } catch (error) {
    discard(source);
    await unpacker?.settled();
    await target.discard();
    throw error;
  }
}
