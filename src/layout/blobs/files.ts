import path from 'node:path';
import type { Readable } from 'node:stream';
import { FileSystemError } from '../../errors/file-system.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import type { OpenFile } from '../../internal/files/open-file.js';
import { accessTo } from '../../internal/files/random-access.js';
import { openRegularFile, regularFileSize } from '../../internal/files/regular-file.js';
import { verified } from '../../internal/streams/verify.js';
import type { BlobSource } from '../../stored/blob-source.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Hash, hashAlgorithm, hashHex } from '../../v1/hash.js';
import { CONFIG_MAX_BYTES, MANIFEST_MAX_BYTES } from '../../v1/documents/decode-document.js';
import { isImage, isIndex } from '../../v1/types.js';

export interface BlobFilesOptions {
  readonly allowSymlinks?: boolean | undefined;
  readonly maxManifestBytes?: number | undefined;
  readonly maxConfigBytes?: number | undefined;
  /** Name of a blob's file in the directory. @default `blobs/sha256/<hex>` */
  readonly nameOf?: ((digest: Hash, kind: BlobKind) => string) | undefined;
}

type BlobKind = 'manifest' | 'blob';

/** The blobs of a layout in a directory. Every read is verified against the digest. */
export interface BlobFiles extends BlobSource {
  pathOf(digest: Hash): string;
  /** Opens a blob of which only the digest is known. */
  openByDigest(digest: Hash, options?: AbortOptions): Promise<Readable>;
  /** Size of a blob in bytes; undefined if it does not exist or is not a regular file. */
  sizeOf(digest: Hash): Promise<number | undefined>;
}

export function blobFiles(root: string, options: BlobFilesOptions = {}): BlobFiles {
  const { allowSymlinks = false, nameOf = ociName } = options;
  const caps = {
    manifest: { maxBytes: options.maxManifestBytes ?? MANIFEST_MAX_BYTES, option: 'maxManifestBytes' },
    config: { maxBytes: options.maxConfigBytes ?? CONFIG_MAX_BYTES, option: 'maxConfigBytes' },
  };
  const pathOf = (digest: Hash, kind: BlobKind = 'blob'): string => path.join(root, nameOf(digest, kind));

  const openBlob = async (
    digest: Hash,
    size: number | undefined,
    options: AbortOptions,
    kind?: BlobKind,
  ): Promise<Readable> => {
    options.signal?.throwIfAborted();
    const subject = `blob ${digest}`;
    const file = await openStored(pathOf(digest, kind), subject, allowSymlinks);
    try {
      if (size !== undefined && file.size !== size) throw new SizeMismatchError(subject, size, file.size);
      const stream = accessTo(file, file.size).stream(0, file.size, options);
      return verified(stream, { digest, size, subject });
    } finally {
      // The stream keeps the file open until it is read to its end or destroyed.
      await file.close();
    }
  };

  return {
    pathOf,
    maxConfigBytes: options.maxConfigBytes,
    open: async ({ digest, size }, options = {}) => openBlob(digest, size, options),
    openFrom: async ({ digest, size }, offset, options = {}) => {
      options.signal?.throwIfAborted();
      const subject = `blob ${digest}`;
      const file = await openStored(pathOf(digest), subject, allowSymlinks);
      try {
        if (file.size !== size) throw new SizeMismatchError(subject, size, file.size);
        const start = Math.min(offset, size);
        return accessTo(file, file.size).stream(start, size - start, options);
      } finally {
        await file.close();
      }
    },
    openByDigest: async (digest, options = {}) => openBlob(digest, undefined, options),
    bytes: async ({ digest, size }: Descriptor, kind, options = {}) => {
      const subject = `${kind} ${digest}`;
      const { maxBytes, option } = caps[kind];
      if (size > maxBytes) throw new LimitExceededError(`size of ${subject}`, maxBytes, option);
      const stream = await openBlob(digest, size, options, kind === 'manifest' ? kind : 'blob');
      return collect(stream, { ...options, maxBytes, option, subject });
    },
    exists: async ({ digest, size, mediaType }) => {
      const kind = isImage(mediaType) || isIndex(mediaType) ? 'manifest' : 'blob';
      return (await storedSize(pathOf(digest, kind), allowSymlinks)) === size;
    },
    sizeOf: async (digest) => storedSize(pathOf(digest), allowSymlinks),
  };
}

const ociName = (digest: Hash): string => path.join('blobs', hashAlgorithm(digest), hashHex(digest));

async function openStored(path: string, subject: string, allowSymlinks: boolean): Promise<OpenFile> {
  try {
    return await openRegularFile(path, { subject, followLinks: allowSymlinks, linkHint: LINK_HINT });
  } catch (error) {
    const missing = error instanceof FileSystemError && error.systemCode === 'ENOENT';
    throw missing ? new NotFoundError(`${subject}: not in the layout`, { cause: error }) : error;
  }
}

const LINK_HINT = 'set `allowSymlinks` if the layout was built from links on purpose';

/** Size of a blob's file; undefined if it does not exist, or would be refused when it is opened. */
async function storedSize(path: string, allowSymlinks: boolean): Promise<number | undefined> {
  try {
    return await regularFileSize(path, { followLinks: allowSymlinks });
  } catch (error) {
    if (error instanceof UnsafePathError) return undefined;
    if (error instanceof FileSystemError && absent.has(error.systemCode)) return undefined;
    throw error;
  }
}

const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
