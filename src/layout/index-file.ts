import path from 'node:path';
import { FileSystemError } from '../errors/file-system.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { collect } from '../internal/streams/collect.js';
import { type HeldLock, withLock } from '../internal/lock/lock-file.js';
import { accessTo } from '../internal/files/random-access.js';
import { openRegularFile } from '../internal/files/regular-file.js';
import type { IndexManifest } from '../v1/manifest.js';
import { MANIFEST_MAX_BYTES } from '../v1/documents/decode-document.js';
import { decodeIndexManifest } from '../v1/documents/decode-manifest.js';
import { indexFileContent } from './index-entries.js';

export interface IndexFileOptions {
  readonly durable?: boolean | undefined;
  readonly maxManifestBytes?: number | undefined;
}

/** The `index.json` of a layout. Readers always see a complete file, and one process at a time changes it. */
export interface IndexFile {
  /** @throws NotFoundError if the file does not exist. */
  read(options?: AbortOptions): Promise<Uint8Array>;
  parse(content: Uint8Array): IndexManifest;
  /** Writes exactly these bytes. Call it within `locked`. */
  write(content: Uint8Array, options?: AbortOptions): Promise<void>;
  /** Runs a task under the lock. Runs it again if the lock was lost before the task published anything. */
  locked<T>(task: () => Promise<T>, options?: AbortOptions): Promise<T>;
  /** Fails if the lock was lost. Call it within `locked`, before each blob is deleted. */
  checkLock(): Promise<void>;
  /** Writes an indented manifest. Call it within `locked`. */
  writeManifest(manifest: IndexManifest, options?: AbortOptions): Promise<void>;
}

const INDEX_FILE = 'index.json';

export function indexFile(root: string, options: IndexFileOptions = {}): IndexFile {
  const { durable, maxManifestBytes = MANIFEST_MAX_BYTES } = options;
  const file = path.join(root, INDEX_FILE);

  const read = async (options: AbortOptions = {}): Promise<Uint8Array> =>
    readSmallFile(file, { ...options, maxBytes: maxManifestBytes, option: 'maxManifestBytes' });
  const write = async (content: Uint8Array, options: AbortOptions = {}): Promise<void> =>
    writeFileAtomic(file, content, { ...options, durable, beforeRename: checkLock });
  // The lock of the task that is running; only one task at a time holds the lock.
  let held: HeldLock | undefined;
  const checkLock = async (): Promise<void> => held?.check();
  const locked = async <T>(task: () => Promise<T>, options: AbortOptions = {}): Promise<T> =>
    withLock(
      `${file}.lock`,
      async (lock) => {
        held = lock;
        return task();
      },
      options,
    );

  return {
    read,
    write,
    locked,
    checkLock,
    parse: (content) => decodeIndexManifest(content),
    writeManifest: async (manifest, options) => write(indexFileContent(manifest), options),
  };
}

export interface ReadSmallFileOptions extends AbortOptions {
  readonly maxBytes: number;
  readonly option?: string | undefined;
}

/** Reads all of a small file of the layout. */
export async function readSmallFile(file: string, options: ReadSmallFileOptions): Promise<Uint8Array> {
  try {
    options.signal?.throwIfAborted();
    const opened = await openRegularFile(file, { followLinks: true });
    try {
      return await collect(accessTo(opened, opened.size).stream(0, opened.size, options), {
        ...options,
        subject: `size of ${file}`,
      });
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (error instanceof FileSystemError && error.systemCode === 'ENOENT') {
      throw new NotFoundError(`${file}: not an image layout`, { cause: error });
    }
    throw error;
  }
}
