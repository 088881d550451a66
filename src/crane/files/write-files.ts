import type { BigIntStats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard } from '../../internal/streams/consume.js';
import { inOrder } from '../../internal/async/in-order.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { TarHeaderInput, TarWriter } from '../../internal/tar/tar.js';
import { decodeText } from '../../internal/tar/format/text.js';
import { archivePath, ROOT } from '../../mutate/merge/archive-path.js';
import { deviceNumbers, entryOf, type FileEntry, type FileEntryOptions } from './file-entry.js';
import { readUnchangedFile } from './unchanged-file.js';

/** A file for a layer. It is on this machine, or is given as content. */
export interface FileToWrite {
  /** Path in the image. */
  readonly path: string;
  readonly from: FileOnDisk | Uint8Array | StoredBytes;
  readonly entry?: EntryFacts | undefined;
}

/** A file of this machine, as it was found. */
export interface FileOnDisk {
  /** Path to open the file by. */
  readonly source: Buffer;
  readonly stats: BigIntStats;
}

/** Content that is stored, and can be opened any number of times. */
export interface StoredBytes {
  readonly size: number;
  open(): Readable;
}

/** Metadata of one file, which takes precedence over the options. */
export interface EntryFacts {
  /** Permissions, such as 0o755. */
  readonly mode?: number | undefined;
  /** The numeric user ID. */
  readonly uid?: number | undefined;
  /** The numeric group ID. */
  readonly gid?: number | undefined;
  /** Time of the last modification. */
  readonly time?: Date | undefined;
}

/** Number of files that are opened ahead of their turn. */
const AHEAD = 16;

/** Writes files into a tar, in the order in which they are yielded. */
export async function writeFiles(
  files: AsyncIterable<FileToWrite>,
  tar: TarWriter,
  options: FileEntryOptions,
  { signal }: AbortOptions,
): Promise<void> {
  const load = async ({ header, from }: Planned): Promise<Loaded> => {
    if (header.type !== 'file') return { header };
    if (from instanceof Uint8Array) return { header, body: from };
    if ('open' in from) return { header, body: from.open() };
    return { header, body: await readUnchangedFile(from.source, from.stats, { signal }) };
  };
  const drop = ({ body }: Loaded): void => {
    if (body instanceof Readable) discard(body);
  };
  for await (const { header, body } of inOrder(planEntries(files, options), AHEAD, load, drop)) {
    await tar.add(header, body);
  }
}

interface Planned {
  readonly header: TarHeaderInput;
  readonly from: FileToWrite['from'];
}

interface Loaded {
  readonly header: TarHeaderInput;
  readonly body?: Readable | Uint8Array | undefined;
}

/** Decides the tar header of each file, leaves out files, and turns repeated names of one file into hard links. */
async function* planEntries(
  files: AsyncIterable<FileToWrite>,
  options: FileEntryOptions,
): AsyncGenerator<Planned, undefined> {
  const names = new Map<string, string>();
  let omittedPrefix: string | undefined;
  for await (const { path, from, entry = {} } of files) {
    if (omittedPrefix !== undefined && path.startsWith(omittedPrefix)) continue;
    const isFile = isOnDisk(from);
    const fromFile = isFile
      ? entryOf(path, from.stats, await targetOf(from), options)
      : entryOf(path, undefined, '', options);
    const { mode = fromFile.mode, uid = fromFile.uid, gid = fromFile.gid, time = fromFile.time } = entry;
    const wanted: FileEntry = { ...fromFile, mode, uid, gid, time };
    const chosen = options.entry === undefined ? wanted : options.entry(Object.freeze(wanted));
    if (chosen === undefined) {
      omittedPrefix = `${path}/`;
      continue;
    }
    const header = headerOf(chosen, from);
    const inode =
      isFile && fromFile.type === 'file' && from.stats.nlink > 1n ? inodeOf(from.stats) : undefined;
    const firstName = inode === undefined || options.hardLinks === 'copy' ? undefined : names.get(inode);
    if (inode !== undefined && firstName === undefined) names.set(inode, header.name);
    yield {
      from,
      header: firstName === undefined ? header : { ...header, type: 'link', linkName: firstName },
    };
  }
  return undefined;
}

function headerOf({ path, ...entry }: FileEntry, from: FileToWrite['from']): TarHeaderInput {
  const name = archivePath(path);
  if (/(?:^|\/)\.wh\./.test(name)) {
    throw new UnsupportedError(
      `${JSON.stringify(name)}: a file with such a name deletes another file in a layer`,
      {
        hint: 'leave it out with `ignore`',
      },
    );
  }
  const { type, mode, uid, gid, time, linkName } = entry;
  const isDevice = type === 'character-device' || type === 'block-device';
  return {
    name: type !== 'directory' ? name : name === ROOT ? './' : `${name}/`,
    type,
    mode,
    uid,
    gid,
    mtime: Math.floor(time.getTime() / 1000),
    linkName,
    ...(!(from instanceof Uint8Array) && { size: isOnDisk(from) ? Number(from.stats.size) : from.size }),
    ...(isDevice && isOnDisk(from) && deviceNumbers(from.stats)),
  };
}

function isOnDisk(from: FileToWrite['from']): from is FileOnDisk {
  return 'stats' in from;
}

async function targetOf({ source, stats }: FileOnDisk): Promise<string> {
  if (!stats.isSymbolicLink()) return '';
  try {
    const target = decodeText(await readlink(source, { encoding: 'buffer' }));
    return process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  } catch (error) {
    throw fileSystemError('read', source.toString(), error);
  }
}

function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
