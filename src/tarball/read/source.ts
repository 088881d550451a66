import { toReadable } from '../../internal/streams/web.js';
import { type BigIntStats, createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fstatAsync } from '../../internal/files/descriptors.js';
import { SourceChangedError } from '../../errors/source-changed.js';
import {
  compressionOf,
  decompressed,
  type DecompressedOptions,
} from '../../internal/compress/compression.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { fileSystemError, openFile } from '../../internal/files/open-file.js';
import { accessTo, type RandomAccess } from '../../internal/files/random-access.js';
import { spool } from '../../internal/files/spool.js';
import type { Opener } from '../../partial/layers/layer-source.js';
import { type CopiedTarOptions, copiedTar } from './copied-tar.js';

export interface ArchiveSourceOptions extends DecompressedOptions, CopiedTarOptions {}

/** The plain tar of an archive: a file, or a copy of a stream. */
export interface ArchiveSource {
  /** Opens the tar. The caller closes the result; streams that it opened continue afterwards. */
  open(): Promise<RandomAccess>;
  /** Frees the disk space of a copy. Afterwards nothing can be opened. */
  close(): Promise<void>;
}

/**
 * Opens the archive in a file. A plain tar is read in place, and the file is opened for each read, so that images of the
 * archive need not be closed. A compressed archive or a pipe is copied to a spool.
 */
export async function sourceFromPath(
  path: string,
  options: ArchiveSourceOptions = {},
): Promise<ArchiveSource> {
  if (!(await isRegular(path))) return spooledSource(ignoreLateErrors(createReadStream(path)), path, options);
  const open = unchangingFile(path);
  const access = await open();
  try {
    const head = await access.read(0, Math.min(HEAD_BYTES, access.size), options);
    if (compressionOf(head) === 'none') return { open, close: async () => undefined };
    return await spooledSource(access.stream(0, access.size, options), path, options);
  } finally {
    await access.close();
  }
}

/** Opens the archive of an opener, which is called once. The archive is copied to a spool. */
export async function sourceFromOpener(
  opener: Opener,
  options: ArchiveSourceOptions = {},
): Promise<ArchiveSource> {
  options.signal?.throwIfAborted();
  return spooledSource(toReadable(await opener()), undefined, options);
}

/** Bytes that show how a file is compressed. */
const HEAD_BYTES = 4;

async function spooledSource(
  source: Readable,
  path: string | undefined,
  options: ArchiveSourceOptions,
): Promise<ArchiveSource> {
  try {
    const copy = await spool(copiedTar(await decompressed(source, options), options), options);
    const access: RandomAccess = {
      size: copy.size,
      read: async (offset, length, options) => copy.read(offset, length, options),
      stream: (start, length, options) => copy.stream(start, length, options),
      close: async () => undefined,
    };
    return { open: async () => access, close: async () => copy.close() };
  } catch (error) {
    discard(source);
    throw path === undefined ? error : fileSystemError('read', path, error);
  }
}

async function isRegular(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    throw fileSystemError('open', path, error);
  }
}

/** Returns a function that opens the file, and fails if the file has changed since the first call. */
function unchangingFile(path: string): () => Promise<RandomAccess> {
  let first: BigIntStats | undefined;
  return async () => {
    const file = await openFile(path);
    try {
      const now = await fstatAsync(file.fd, { bigint: true });
      first ??= now;
      for (const field of ['dev', 'ino', 'size', 'mtimeNs'] as const) {
        if (first[field] !== now[field]) throw new SourceChangedError(path, `another ${field}`);
      }
      return accessTo(file, file.size);
    } catch (error) {
      await file.close();
      throw error;
    }
  };
}
