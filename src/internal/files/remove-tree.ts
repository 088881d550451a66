import { opendir, rm, rmdir, unlink } from 'node:fs/promises';
import { errorCode } from '../error-code.js';

/** Files that are removed at the same time. Node's own `rm` begins with all of a directory at once, and stops the event loop. */
const BATCH = 32;

/**
 * Removes a directory with all that is below it, or a file; what does not exist is no failure. Links are removed and not
 * followed. The work of one turn of the event loop does not grow with the number of files.
 */
export async function removeTree(path: string | Buffer): Promise<void> {
  const bytes = Buffer.from(path);
  try {
    await unlink(bytes);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return;
    // Systems differ in what they say of a directory; one that cannot be removed says so itself.
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
      // Some file systems pass over entries while others are being removed.
      if (errorCode(error) !== 'ENOTEMPTY' || removed === 0) throw error;
    }
  }
}

/** Gives how many entries it removed. */
async function removeContent(path: Buffer): Promise<number> {
  // The types do not know that names can be bytes: not every name is text.
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
    // It knows what Windows needs before a file can go.
    await rm(path, { force: true });
  }
}
