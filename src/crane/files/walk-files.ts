import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
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
  /** The directory itself, if it is ignored: it is yielded once something in it is not ignored. */
  pending?: FoundFile | undefined;
}

/**
 * Yields everything below a directory: each directory before its content, and the names in a directory sorted by their bytes.
 * Symbolic links are yielded, but not followed. An ignored directory is yielded if something in it is not ignored.
 */
export async function* walkFiles(
  root: string,
  rules: IgnoreRules,
  { signal }: AbortOptions,
): AsyncGenerator<FoundFile, undefined> {
  const levels: Level[] = [{ path: '', source: root, names: await namesIn(root), next: 0 }];
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
    const source = `${level.source}/${name}`;
    const file: FoundFile = { path, source: encodeText(source), stats: await statsOf(source) };
    if (!match.isIgnored) {
      yield* pendingDirectories(levels);
      yield file;
    }
    if (!file.stats.isDirectory()) continue;
    const pending = match.isIgnored ? file : undefined;
    levels.push({ path, source, names: await namesIn(source), next: 0, match, pending: pending });
  }
  return undefined;
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
