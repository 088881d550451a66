import { opendir, rm, rmdir, unlink } from 'node:fs/promises';
import { errorCode } from '../error-code.js';

/**
 * Files that are removed at the same time. Node's own `rm` starts on all files of a directory at once, which
 * blocks the event loop.
 */
const BATCH = 32;

/**
 * Removes a directory and everything below it, or a file. It is not an error if the path does not exist. Links are
 * removed and not followed. The work in one turn of the event loop does not grow with the number of files.
 */
export async function removeTree(path: string | Buffer): Promise<void> {
  const bytes = Buffer.from(path);
  try {
    await unlink(bytes);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return;
    // Systems report different codes for a directory. If it cannot be removed, `rmdir` reports why.
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    await removeDirectory(bytes);
  }
}

async function removeDirectory(path: Buffer): Promise<void> {
  for (;;) {
    const removed = await removeContent(path);
    try {
      await rmdir(path);
      return;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      // Some file systems skip entries while others are being removed.
      if (errorCode(error) !== 'ENOTEMPTY' || removed === 0) throw error;
    }
  }
}

/** Returns how many entries it removed. */
async function removeContent(path: Buffer): Promise<number> {
  // Names that are not valid text have to be read as bytes, which the types do not allow here.
  const directory = await opendir(path, { encoding: 'buffer' as BufferEncoding, bufferSize: BATCH });
  let removed = 0;
  let batch: Promise<void>[] = [];
  for await (const entry of directory) {
    const entryPath = Buffer.concat([path, SLASH, entry.name as unknown as Buffer]);
    if (entry.isDirectory()) await removeDirectory(entryPath);
    else batch.push(removeFile(entryPath));
    removed += 1;
    if (batch.length < BATCH) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
  return removed;
}

const SLASH = Buffer.from('/');

async function removeFile(path: Buffer): Promise<void> {
  try {
    await unlink(path);
  } catch {
    // `rm` handles files that Windows refuses to unlink.
    await rm(path, { force: true });
  }
}
