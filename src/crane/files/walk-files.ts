import type { BigIntStats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { decodeText, encodeText } from '../../internal/tar/format/text.js';
import type { IgnoreMatch, IgnoreRules } from '../../tree/ignore-rules.js';

/** A file on this machine. */
export interface FoundFile {
  /** Path relative to the root of the walk, with slashes. Bytes that are not UTF-8 are kept, as in a tar. */
  readonly path: string;
  /** Path to open the file by. */
  readonly source: Buffer;
  readonly stats: BigIntStats;
}

/** A directory that is being walked. */
interface Level {
  readonly path: string;
  readonly source: string;
  readonly names: readonly string[];
  next: number;
  readonly match?: IgnoreMatch | undefined;
  /** Identifies the directory, whatever links lead to it. It is empty for the root if links are not followed. */
  readonly inode: string;
  /** The directory itself, if it is ignored: it is yielded once something in it is not ignored. */
  pending?: FoundFile | undefined;
}

export interface WalkOptions extends AbortOptions {
  /** Yields what symbolic links lead to instead of the links, also outside of the root. @default false */
  readonly followLinks?: boolean | undefined;
}

/**
 * Yields everything below a directory: each directory before its content, and the names in a directory sorted by their bytes.
 * Unless `followLinks` is set, symbolic links are yielded, but not followed. An ignored directory is yielded if something in
 * it is not ignored.
 *
 * @throws UnsupportedError if links are followed and one leads to a directory that contains it.
 */
export async function* walkFiles(
  root: string,
  rules: IgnoreRules,
  { signal, followLinks = false }: WalkOptions,
): AsyncGenerator<FoundFile, undefined> {
  const inode = followLinks ? inodeOf(await statsOf(`${root}/.`)) : '';
  const levels: Level[] = [{ path: '', source: root, names: await namesIn(root), next: 0, inode }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    signal?.throwIfAborted();
    const due = eventLoopDue();
    if (due !== undefined) await due;
    const name = level.names[level.next++];
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const path = level.path === '' ? name : `${level.path}/${name}`;
    const match = rules.match(path, level.match);
    if (match.isIgnored && !match.mayHoldOthers) continue;
    const { source, stats } = await lookUp(`${level.source}/${name}`, followLinks);
    const file: FoundFile = { path, source: encodeText(source), stats };
    if (!match.isIgnored) {
      yield* pendingDirectories(levels);
      yield file;
    }
    if (!file.stats.isDirectory()) continue;
    const pending = match.isIgnored ? file : undefined;
    const inode = inodeOf(stats);
    if (followLinks && levels.some((above) => above.inode === inode)) throw linkLoop(path);
    levels.push({ path, source, names: await namesIn(source), next: 0, match, pending, inode });
  }
  return undefined;
}

/** The file that a path leads to, through symbolic links. */
export async function foundFile(file: string): Promise<Pick<FoundFile, 'source' | 'stats'>> {
  const { source, stats } = await lookUp(file, true);
  return { source: encodeText(source), stats };
}

/** A file, or with `followLinks` what it leads to. */
async function lookUp(
  source: string,
  followLinks: boolean,
): Promise<{ readonly source: string; readonly stats: BigIntStats }> {
  const stats = await statsOf(source);
  if (!followLinks || !stats.isSymbolicLink()) return { source, stats };
  try {
    const target = decodeText(await realpath(encodeText(source), { encoding: 'buffer' }));
    return { source: target, stats: await statsOf(target) };
  } catch (error) {
    throw fileSystemError('read', source, error);
  }
}

function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function linkLoop(path: string): UnsupportedError {
  return new UnsupportedError(
    `the symbolic link ${JSON.stringify(path)} leads to a directory that contains it`,
    {
      hint: 'exclude the link, or copy links as they are',
    },
  );
}

function* pendingDirectories(levels: readonly Level[]): Generator<FoundFile> {
  for (const level of levels) {
    if (level.pending !== undefined) yield level.pending;
    level.pending = undefined;
  }
}

export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(encodeText(directory), { encoding: 'buffer' });
    return names.sort((a, b) => Buffer.compare(a, b)).map(decodeText);
  } catch (error) {
    throw fileSystemError('read', directory, error);
  }
}

export async function statsOf(path: string): Promise<BigIntStats> {
  try {
    return await lstat(encodeText(path), { bigint: true });
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
}
