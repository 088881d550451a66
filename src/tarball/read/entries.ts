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

/** A file inside an archive, after links were followed. */
export interface ArchiveEntry extends StoredBody {
  /** The name that was looked up; a link may have led to another one. */
  readonly name: string;
}

/** The files of an archive. The headers were read once; every read goes directly to its offset. */
export interface ArchiveEntries {
  /**
   * Finds a file by name, and follows links inside the archive. Names are keys: `./a`, `/a` and `x/../a`
   * all find `a`, and no name leads outside. If several entries have the same name, the first one is used.
   *
   * @returns undefined if the archive has no such entry.
   * @throws ArchiveInvalidError if the entry is not a file, or is a link that leads nowhere or in a circle.
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
  /** Reads all of a small file. */
  read(entry: ArchiveEntry, options: ReadEntryOptions): Promise<Buffer>;
}

export interface ReadEntryOptions extends AbortOptions {
  readonly maxBytes: number;
  /** The public option that raises `maxBytes`; an error names it. */
  readonly option: string;
}

/** The maximum number of links that are followed from one name; Docker writes chains of two. */
const MAX_LINKS = 16;

/** Reads the headers of the tar and indexes its files. */
export async function archiveEntries(
  source: ArchiveSource,
  options: IndexTarOptions = {},
): Promise<ArchiveEntries> {
  const byName = new Map<string, TarIndexEntry>();
  const whole = await source.open();
  try {
    for (const entry of await indexEntries(whole, options)) {
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
          `archive: ${quoted(name)} is a link to ${quoted(key)}, which is not there`,
        );
      }
      if (entry.type === 'file') return { name, size: entry.size, offset: entry.offset, parts: entry.parts };
      // The target of a symbolic link is relative to the link's directory, that of a hard link to the root of the archive.
      if (entry.type === 'symlink')
        key = keyOf(path.posix.resolve('/', path.posix.dirname(key), entry.linkName));
      else if (entry.type === 'link') key = keyOf(entry.linkName);
      else throw new ArchiveInvalidError(`archive: ${quoted(name)} is not a file but a ${entry.type}`);
    }
    throw new ArchiveInvalidError(
      `archive: ${quoted(name)} is a circle of links, or more than ${MAX_LINKS} of them`,
    );
  };

  const withAccess = async <T>(
    use: (access: Awaited<ReturnType<ArchiveSource['open']>>) => T | Promise<T>,
  ) => {
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
    stream: async (entry, options) => withAccess((access) => streamBody(access, entry, options)),
    head: async (entry, length, options) =>
      withAccess(async (access) => readBody(access, entry, length, options)),
    tail: async (entry, length, options) => {
      const start = Math.max(0, entry.size - length);
      const end = { ...entry, offset: entry.offset + start, size: entry.size - start };
      return withAccess(async (access) => readBody(access, end, length, options));
    },
    read: async (entry, { maxBytes, option, signal }) => {
      const { name, size } = entry;
      if (size > maxBytes) throw new LimitExceededError(`size of ${quoted(name)}`, maxBytes, option);
      return withAccess(async (access) => readBody(access, entry, size, { signal }));
    },
  };
}

async function indexEntries(
  access: RandomAccess,
  options: IndexTarOptions,
): Promise<readonly TarIndexEntry[]> {
  try {
    return await indexTar(access, options);
  } catch (error) {
    if (!(error instanceof ArchiveInvalidError)) throw error;
    throw notAnArchive(await access.read(0, Math.min(FORMAT_BYTES, access.size), options), error);
  }
}

/**
 * Resolves a name against the root of the archive; `..` does not lead above the root. `path.posix.resolve` is not used,
 * because its result takes many times the memory of a long name: it is concatenated letter by letter.
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

/** Matches a slash at either end, a double slash, and a part of one or two dots. */
const UNCLEAN = /^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

const quoted = (name: string): string => JSON.stringify(name.slice(0, 256));
