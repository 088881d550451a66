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

/** The plain tar of an archive, wherever it comes from. */
export interface ArchiveSource {
  /** Gives access, for the caller to close. Streams go on when it is closed. */
  open(): Promise<RandomAccess>;
  /** Frees the disk space of a copy that had to be made; nothing can be opened after that. */
  close(): Promise<void>;
}

/**
 * The archive in a file. It is read in place, and opened for each piece, so that images made of it
 * need no closing; one that is compressed, or a pipe, is copied to a spool.
 */
export async function sourceFromPath(
  path: string,
  options: ArchiveSourceOptions = {},
): Promise<ArchiveSource> {
  if (!(await isRegular(path))) return spooled(ignoreLateErrors(createReadStream(path)), path, options);
  const open = unchangingFile(path);
  const access = await open();
  try {
    const head = await access.read(0, Math.min(HEAD, access.size), options);
    if (compressionOf(head) === 'none') return { open, close: async () => Promise.resolve() };
    return await spooled(access.stream(0, access.size, options), path, options);
  } finally {
    await access.close();
  }
}

/** The archive that an opener gives: it is opened once, and copied to a spool. */
export async function sourceFromOpener(
  opener: Opener,
  options: ArchiveSourceOptions = {},
): Promise<ArchiveSource> {
  options.signal?.throwIfAborted();
  return spooled(await opener(), undefined, options);
}

/** Enough to tell how a file is compressed. */
const HEAD = 4;

async function spooled(
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
      close: async () => Promise.resolve(),
    };
    return { open: async () => Promise.resolve(access), close: async () => copy.close() };
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

/** Opens a file again and again; every time it has to be the one that it was. */
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
