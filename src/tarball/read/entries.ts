import path from 'node:path';
import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { FORMAT_BYTES } from '../../internal/compress/foreign-format.js';
import type { RandomAccess } from '../../internal/files/random-access.js';
import { type IndexTarOptions, indexTar, type TarIndexEntry } from '../../internal/tar/entry-index.js';
import { readBody, type StoredBody, streamBody } from '../../internal/tar/sparse/body.js';
import type { ArchiveSource } from './source.js';
import { notAnArchive } from './not-an-archive.js';

/** A file inside an archive, found through links. */
export interface ArchiveEntry extends StoredBody {
  /** The name it was asked for by. */
  readonly name: string;
}

/** The files of an archive. The tar was walked once; every read goes to the place. */
export interface ArchiveEntries {
  /**
   * Finds a file by name, following links inside the archive. Names are keys: `./a`, `/a` and `x/../a`
   * all find `a`, and none leads outside. Of entries with one name the first counts.
   *
   * @returns undefined if there is none.
   * @throws {@link ArchiveInvalidError} for what is no file, and for links that lead nowhere or in circles.
   */
  find(name: string): ArchiveEntry | undefined;
  /** Names of all entries, resolved against the root of the archive and without its slash. */
  names(): Iterable<string>;
  /** Opens a file; the caller owns the stream. */
  stream(entry: ArchiveEntry, options?: AbortOptions): Promise<Readable>;
  /** Reads the first bytes of a file. */
  head(entry: ArchiveEntry, length: number, options?: AbortOptions): Promise<Buffer>;
  /** Reads the last bytes of a file. */
  tail(entry: ArchiveEntry, length: number, options?: AbortOptions): Promise<Buffer>;
  /** Reads a small file whole. */
  read(entry: ArchiveEntry, options: ReadEntryOptions): Promise<Buffer>;
}

export interface ReadEntryOptions extends AbortOptions {
  readonly maxBytes: number;
  /** The option that raises the cap. */
  readonly option: string;
}

/** Links followed from one name; Docker writes chains of two. */
const MAX_LINKS = 16;

/** Walks the tar. */
export async function archiveEntries(
  source: ArchiveSource,
  options: IndexTarOptions = {},
): Promise<ArchiveEntries> {
  const byName = new Map<string, TarIndexEntry>();
  const whole = await source.open();
  try {
    for (const entry of await listed(whole, options)) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const key = keyOf(entry.name);
      if (!byName.has(key)) byName.set(key, entry);
    }
  } finally {
    await whole.close();
  }

  const find = (name: string): ArchiveEntry | undefined => {
    let key = keyOf(name);
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const entry = byName.get(key);
      if (entry === undefined) {
        if (links === 0) return undefined;
        throw new ArchiveInvalidError(
          `archive: ${shown(name)} is a link to ${shown(key)}, which is not there`,
        );
      }
      if (entry.type === 'file') return { name, size: entry.size, offset: entry.offset, parts: entry.parts };
      // A symbolic link is relative to where it stands, a hard link to the root of the archive.
      if (entry.type === 'symlink')
        key = keyOf(path.posix.resolve('/', path.posix.dirname(key), entry.linkName));
      else if (entry.type === 'link') key = keyOf(entry.linkName);
      else throw new ArchiveInvalidError(`archive: ${shown(name)} is not a file but a ${entry.type}`);
    }
    throw new ArchiveInvalidError(
      `archive: ${shown(name)} is a circle of links, or more than ${MAX_LINKS} of them`,
    );
  };

  const opened = async <T>(use: (access: Awaited<ReturnType<ArchiveSource['open']>>) => T | Promise<T>) => {
    const access = await source.open();
    try {
      return await use(access);
    } finally {
      await access.close();
    }
  };

  return {
    find,
    *names() {
      for (const key of byName.keys()) yield key.slice(1);
    },
    stream: async (entry, options) => opened((access) => streamBody(access, entry, options)),
    head: async (entry, length, options) =>
      opened(async (access) => readBody(access, entry, length, options)),
    tail: async (entry, length, options) => {
      const start = Math.max(0, entry.size - length);
      const end = { ...entry, offset: entry.offset + start, size: entry.size - start };
      return opened(async (access) => readBody(access, end, length, options));
    },
    read: async (entry, { maxBytes, option, signal }) => {
      const { name, size } = entry;
      if (size > maxBytes) throw new LimitExceededError(`size of ${shown(name)}`, maxBytes, option);
      return opened(async (access) => readBody(access, entry, size, { signal }));
    },
  };
}

async function listed(whole: RandomAccess, options: IndexTarOptions): Promise<readonly TarIndexEntry[]> {
  try {
    return await indexTar(whole, options);
  } catch (error) {
    if (!(error instanceof ArchiveInvalidError)) throw error;
    throw notAnArchive(await whole.read(0, Math.min(FORMAT_BYTES, whole.size), options), error);
  }
}

/**
 * Resolved against the root, above which there is nothing. What `path.posix.resolve` makes of a long name takes many times
 * the memory of the name, because it puts it together letter by letter.
 */
function keyOf(name: string): string {
  if (name !== '' && !UNCLEAN.test(name)) return `/${name}`;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A slash at either end or doubled, or a part of one or two dots. */
const UNCLEAN = /^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

const shown = (name: string): string => JSON.stringify(name.slice(0, 256));
