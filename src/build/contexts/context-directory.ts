import type { BigIntStats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { deviceNumbers } from '../../crane/files/file-entry.js';
import { namesIn, statsOf } from '../../crane/files/walk-files.js';
import type { IgnoreMatch, IgnoreRules } from '../../tree/ignore-rules.js';
import {
  leaf,
  type LeafNode,
  type LeafType,
  type Metadata,
  type SourceDirectory,
  type SourceNode,
  type Timestamp,
} from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { decodeText, encodeText } from '../../internal/tar/format/text.js';
import { ContextFile } from './context-file.js';

/**
 * A directory of this machine as the source of COPY and ADD. Each directory in it is read when it is first needed. As in
 * BuildKit, root owns all files, sockets are left out, and the directory itself has the time of the build.
 */
export async function contextDirectory(
  path: string,
  rules: IgnoreRules,
  now: Timestamp,
): Promise<SourceDirectory> {
  // With the dot, a symbolic link to the directory is followed.
  const stats = await statsOf(`${path}/.`);
  return new ContextDirectory({ path: '', source: path, stats, rules, inodes: new Map() }, now);
}

interface Place {
  /** The path in the context, with slashes. */
  readonly path: string;
  /** The path on this machine. */
  readonly source: string;
  readonly stats: BigIntStats;
  readonly rules: IgnoreRules;
  readonly match?: IgnoreMatch | undefined;
  /** The files with several names. */
  readonly inodes: Map<string, LeafNode>;
}

class ContextDirectory implements SourceDirectory {
  readonly type = 'directory';
  readonly mode: number;
  readonly uid = 0;
  readonly gid = 0;
  readonly modified: Metadata['modified'];
  entries: ReadonlyMap<string, SourceNode> | undefined;
  readonly #place: Place;
  readonly #load = lazy(async ({ signal }) => this.#read({ signal }));

  constructor(place: Place, time?: Timestamp) {
    const { mode, modified } = metadataOf(place.stats);
    this.mode = mode;
    this.modified = time ?? modified;
    this.#place = place;
  }

  async load(options: AbortOptions): Promise<ReadonlyMap<string, SourceNode>> {
    this.entries = await this.#load(options);
    return this.entries;
  }

  async #read({ signal }: AbortOptions): Promise<ReadonlyMap<string, SourceNode>> {
    const { path, source, rules, match } = this.#place;
    const entries = new Map<string, SourceNode>();
    for (const name of await namesIn(source)) {
      signal?.throwIfAborted();
      const childPath = path === '' ? name : `${path}/${name}`;
      const found = rules.match(childPath, match);
      if (found.isIgnored && !found.mayHoldOthers) continue;
      const childSource = `${source}/${name}`;
      const stats = await statsOf(childSource);
      const child: Place = {
        ...this.#place,
        ...{ path: childPath, source: childSource, stats, match: found },
      };
      const node = stats.isDirectory() ? new ContextDirectory(child) : await leafOf(child);
      if (node === undefined) continue;
      // An ignored directory exists only if an exception includes something in it.
      const isHidden =
        found.isIgnored && (node.type !== 'directory' || (await node.load({ signal })).size === 0);
      if (!isHidden) entries.set(name, node);
    }
    return entries;
  }
}

async function leafOf({ source, stats, inodes }: Place): Promise<LeafNode | undefined> {
  const type = typeOf(stats);
  if (type === undefined) return undefined;
  const inode = type === 'file' && stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined;
  const known = inode === undefined ? undefined : inodes.get(inode);
  if (known !== undefined) return known;
  const bytes = encodeText(source);
  const isDevice = type === 'character-device' || type === 'block-device';
  const node = leaf({
    ...metadataOf(stats),
    type,
    target: type === 'symlink' ? await targetOf(bytes) : '',
    ...(isDevice && deviceNumbers(stats)),
    ...(type === 'file' && { content: new ContextFile(bytes, stats) }),
  });
  if (inode !== undefined) inodes.set(inode, node);
  return node;
}

function typeOf(stats: BigIntStats): LeafType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character-device';
  return stats.isBlockDevice() ? 'block-device' : undefined;
}

async function targetOf(source: Buffer): Promise<string> {
  try {
    const target = decodeText(await readlink(source, { encoding: 'buffer' }));
    return process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  } catch (error) {
    throw fileSystemError('read', source.toString(), error);
  }
}

const NANOSECONDS = 1_000_000_000n;

function metadataOf(stats: BigIntStats): Metadata {
  const { mtimeNs } = stats;
  const nanoseconds = ((mtimeNs % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  return {
    mode: modeOf(stats),
    uid: 0,
    gid: 0,
    modified: {
      seconds: Number((mtimeNs - nanoseconds) / NANOSECONDS),
      nanoseconds: Number(nanoseconds),
    },
  };
}

/** Windows has no permissions, so everyone may read and execute every file, as with docker on Windows. */
function modeOf(stats: BigIntStats): number {
  if (stats.isSymbolicLink()) return 0o777;
  return process.platform === 'win32' ? 0o755 : Number(stats.mode & 0o7777n);
}
