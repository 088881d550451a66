import { createReadStream } from 'node:fs';
import { FileSystemError } from '../../errors/file-system.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { accessTo } from '../../internal/files/random-access.js';
import { openRegularFile } from '../../internal/files/regular-file.js';
import { collect } from '../../internal/streams/collect.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** Cap on the size of a Dockerfile and of ignore rules. */
export const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/**
 * The text of a file; undefined if it does not exist. Pipes and devices are read only below `/dev` and `/proc`, where shells
 * put them: a pipe in a context would block the build.
 *
 * @throws UnsafePathError if it is a directory, pipe, socket or device
 */
export async function readText(file: string, options: AbortOptions): Promise<string | undefined> {
  try {
    const bytes = /^\/(?:dev|proc)\//.test(file)
      ? await collect(ignoreLateErrors(createReadStream(file)), {
          ...{ ...options, maxBytes: MAX_TEXT_BYTES, subject: file },
        })
      : await readRegularFile(file, options);
    return bytes.toString();
  } catch (error) {
    const wrapped = fileSystemError('read', file, error);
    if (wrapped instanceof FileSystemError && wrapped.systemCode === 'ENOENT') return undefined;
    throw wrapped;
  }
}

async function readRegularFile(file: string, options: AbortOptions): Promise<Buffer> {
  const opened = await openRegularFile(file, { followLinks: true });
  const access = accessTo(opened, opened.size);
  try {
    if (access.size > MAX_TEXT_BYTES) throw new LimitExceededError(file, MAX_TEXT_BYTES);
    return await access.read(0, access.size, options);
  } finally {
    await access.close();
  }
}
