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
import { MANIFEST_MAX_BYTES, type ParseOptions } from '../v1/documents/parse-options.js';
import { parseIndexManifest } from '../v1/documents/parse-manifest.js';
import { indexFileContent } from './index-entries.js';

export interface IndexFileOptions {
  readonly durable?: boolean | undefined;
  readonly maxManifestBytes?: number | undefined;
}

/** The `index.json` of a layout: always whole, and changed by one process at a time. */
export interface IndexFile {
  /** @throws NotFoundError if there is none. */
  read(options?: AbortOptions): Promise<Uint8Array>;
  parse(content: Uint8Array): IndexManifest;
  /** Writes it as it is; call it within `locked`. */
  write(content: Uint8Array, options?: AbortOptions): Promise<void>;
  /** Runs a task that no other process interferes with; again, if the lock was lost before it published anything. */
  locked<T>(task: () => Promise<T>, options?: AbortOptions): Promise<T>;
  /** Call it within `locked`, before blobs are deleted: fails if the lock was lost. */
  checkLock(): Promise<void>;
  /** Writes a manifest, indented; call it within `locked`. */
  writeManifest(manifest: IndexManifest, options?: AbortOptions): Promise<void>;
}

const INDEX_FILE = 'index.json';

export function indexFile(root: string, options: IndexFileOptions = {}): IndexFile {
  const { durable, maxManifestBytes = MANIFEST_MAX_BYTES } = options;
  const file = path.join(root, INDEX_FILE);
  const limits: ParseOptions = { maxBytes: maxManifestBytes };

  const read = async (options: AbortOptions = {}): Promise<Uint8Array> =>
    readSmallFile(file, { ...options, maxBytes: maxManifestBytes, option: 'maxManifestBytes' });
  const write = async (content: Uint8Array, options: AbortOptions = {}): Promise<void> =>
    writeFileAtomic(file, content, { ...options, durable, beforeRename: checkLock });
  // One task at a time runs under the lock.
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
    parse: (content) => parseIndexManifest(content, limits),
    writeManifest: async (manifest, options) => write(indexFileContent(manifest), options),
  };
}

export interface ReadSmallFileOptions extends AbortOptions {
  readonly maxBytes: number;
  readonly option: string;
}

/** Reads a file of the layout whole. */
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
    if (error instanceof FileSystemError && error.errno === 'ENOENT') {
      throw new NotFoundError(`${file}: not an image layout`, { cause: error });
    }
    throw error;
  }
}
