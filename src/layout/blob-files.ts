import { constants, fstat, type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { FileSystemError } from '../errors/file-system.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { SizeMismatchError } from '../errors/mismatch.js';
import { NotFoundError } from '../errors/not-found.js';
import { UnsafePathError } from '../errors/unsafe-path.js';
import type { AbortOptions } from '../internal/abort.js';
import { collect } from '../internal/collect.js';
import { fileSystemError, openFile, type OpenFile } from '../internal/open-file.js';
import { accessTo } from '../internal/random-access.js';
import { verified } from '../internal/verify.js';
import type { BlobSource } from '../partial/blob-source.js';
import type { Descriptor } from '../v1/descriptor.js';
import { type Hash, hashAlgorithm, hashHex } from '../v1/hash.js';
import { CONFIG_MAX_BYTES, MANIFEST_MAX_BYTES } from '../v1/parse-options.js';

export interface BlobFilesOptions {
  readonly allowSymlinks?: boolean | undefined;
  readonly maxManifestBytes?: number | undefined;
  readonly maxConfigBytes?: number | undefined;
}

/** The blobs of a layout in a folder. Whoever reads one reads what its digest says, or an error. */
export interface BlobFiles extends BlobSource {
  pathOf(digest: Hash): string;
  /** Opens a blob of which only the digest is known. */
  openByDigest(digest: Hash, options?: AbortOptions): Promise<Readable>;
  /** Size of a blob that is there and a regular file; undefined otherwise. */
  sizeOf(digest: Hash): Promise<number | undefined>;
}

export function blobFiles(root: string, options: BlobFilesOptions = {}): BlobFiles {
  const { allowSymlinks = false } = options;
  const caps = {
    manifest: { maxBytes: options.maxManifestBytes ?? MANIFEST_MAX_BYTES, option: 'maxManifestBytes' },
    config: { maxBytes: options.maxConfigBytes ?? CONFIG_MAX_BYTES, option: 'maxConfigBytes' },
  };
  const pathOf = (digest: Hash): string => path.join(root, 'blobs', hashAlgorithm(digest), hashHex(digest));

  const openBlob = async (
    digest: Hash,
    size: number | undefined,
    options: AbortOptions,
  ): Promise<Readable> => {
    options.signal?.throwIfAborted();
    const subject = `blob ${digest}`;
    const file = await openRegular(pathOf(digest), subject, allowSymlinks);
    try {
      if (size !== undefined && file.size !== size) throw new SizeMismatchError(subject, size, file.size);
      const stream = accessTo(file, file.size).stream(0, file.size, options);
      return verified(stream, { digest, size, subject });
    } finally {
      // The stream holds on to the file until it was read or destroyed.
      await file.close();
    }
  };

  return {
    pathOf,
    maxConfigBytes: options.maxConfigBytes,
    open: async ({ digest, size }, asked = {}) => openBlob(digest, size, asked),
    openByDigest: async (digest, asked = {}) => openBlob(digest, undefined, asked),
    bytes: async ({ digest, size }: Descriptor, kind, asked = {}) => {
      const subject = `${kind} ${digest}`;
      const { maxBytes, option } = caps[kind];
      if (size > maxBytes) throw new LimitExceededError(`size of ${subject}`, maxBytes, option);
      return collect(await openBlob(digest, size, asked), { ...asked, maxBytes, option, subject });
    },
    exists: async ({ digest, size }) => (await sizeOf(pathOf(digest), allowSymlinks)) === size,
    sizeOf: async (digest) => sizeOf(pathOf(digest), allowSymlinks),
  };
}

async function openRegular(path: string, subject: string, allowSymlinks: boolean): Promise<OpenFile> {
  // Where the system cannot refuse a link while opening it, look before.
  if (!allowSymlinks && NO_FOLLOW === 0 && (await kindOf(path))?.isSymbolicLink()) throw isLink(subject);
  let file: OpenFile | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    file = await openFile(path, constants.O_RDONLY | NON_BLOCKING | (allowSymlinks ? 0 : NO_FOLLOW));
    if (!(await fstatAsync(file.fd)).isFile()) throw new UnsafePathError(`${subject}: not a regular file`);
    return file;
  } catch (error) {
    await file?.close();
    if (!(error instanceof FileSystemError)) throw error;
    if (error.errno === 'ENOENT') throw new NotFoundError(`${subject}: not in the layout`, { cause: error });
    if (error.errno === 'ELOOP') throw isLink(subject, error);
    // What a socket answers to an attempt to open it.
    if (error.errno === 'ENXIO')
      throw new UnsafePathError(`${subject}: not a regular file`, { cause: error });
    throw error;
  }
}

async function sizeOf(path: string, allowSymlinks: boolean): Promise<number | undefined> {
  const stats = await (allowSymlinks ? kindOf(path, stat) : kindOf(path));
  return stats?.isFile() === true ? stats.size : undefined;
}

/** Undefined if there is nothing. */
async function kindOf(
  path: string,
  look: (path: string) => Promise<Stats> = lstat,
): Promise<Stats | undefined> {
  try {
    return await look(path);
  } catch (error) {
    const ours = fileSystemError('look at', path, error);
    if (ours instanceof FileSystemError && absent.has(ours.errno)) return undefined;
    throw ours;
  }
}

const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

function isLink(subject: string, cause?: Error): UnsafePathError {
  return new UnsafePathError(`${subject}: is a symbolic link`, {
    cause,
    hint: 'set `allowSymlinks` if the layout was built from links on purpose',
  });
}

// Undefined on Windows.
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const NON_BLOCKING = (constants.O_NONBLOCK as number | undefined) ?? 0;

const fstatAsync = promisify(fstat);
