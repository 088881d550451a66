import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { fromOffset } from '../../internal/streams/from-offset.js';
import { verified } from '../../internal/streams/verify.js';
import type { BlobSource } from '../../stored/blob-source.js';
import { checkBytes } from '../../internal/streams/verify.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Hash, hashAlgorithm, hashHex } from '../../v1/hash.js';
import type { ArchiveCaps } from '../documents/caps.js';
import type { ArchiveEntries, ArchiveEntry } from './entries.js';

/** The name of a blob's file in an image layout. */
export function blobName(digest: Hash): string {
  return `blobs/${hashAlgorithm(digest)}/${hashHex(digest)}`;
}

/** The blobs of an image layout inside an archive. */
export function archiveBlobs(entries: ArchiveEntries, caps: ArchiveCaps): BlobSource {
  const find = ({ digest, size }: Descriptor): ArchiveEntry => {
    const entry = entries.find(blobName(digest));
    if (entry === undefined) throw new NotFoundError(`blob ${digest}: not in the archive`);
    if (entry.size !== size) throw new SizeMismatchError(`blob ${digest}`, size, entry.size);
    return entry;
  };
  return {
    maxConfigBytes: caps.config.maxBytes,
    open: async (descriptor, options) => {
      const { digest, size } = descriptor;
      return verified(await entries.stream(find(descriptor), options), {
        digest,
        size,
        subject: `blob ${digest}`,
      });
    },
    openFrom: async (descriptor, offset, options) => {
      const entry = find(descriptor);
      const start = Math.min(offset, entry.size);
      if (entry.parts !== undefined) return fromOffset(await entries.stream(entry, options), start);
      return entries.stream({ ...entry, offset: entry.offset + start, size: entry.size - start }, options);
    },
    bytes: async (descriptor, kind, options) => {
      const bytes = await entries.read(find(descriptor), { ...options, ...caps[kind] });
      checkBytes(`${kind} ${descriptor.digest}`, bytes, descriptor);
      return bytes;
    },
    exists: async ({ digest, size }) => entries.find(blobName(digest))?.size === size,
  };
}
