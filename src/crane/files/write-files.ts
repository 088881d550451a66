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
import { readSeenFile } from './unchanged-file.js';

/** A file for a layer: one of this machine, or one that is only content. */
export interface FileToWrite {
  /** In the image. */
  readonly path: string;
  readonly from: { readonly source: Buffer; readonly stats: BigIntStats } | Uint8Array;
  readonly entry?: EntryFacts | undefined;
}

/** What the entry of one file says, whatever the options do. */
export interface EntryFacts {
  /** Permissions, such as 0o755. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Of the last modification. */
  readonly time?: Date | undefined;
}

/** Files that are opened ahead of their turn. */
const AHEAD = 16;

/** Writes files into a tar in the order in which they come. */
export async function writeFiles(
  files: AsyncIterable<FileToWrite>,
  tar: TarWriter,
  options: FileEntryOptions,
  { signal }: AbortOptions,
): Promise<void> {
  const load = async ({ header, from }: Planned): Promise<Loaded> => {
    if (header.type !== 'file') return { header };
    if (from instanceof Uint8Array) return { header, body: from };
    return { header, body: await readSeenFile(from.source, from.stats, { signal }) };
  };
  const drop = ({ body }: Loaded): void => {
    if (body instanceof Readable) discard(body);
  };
  for await (const { header, body } of inOrder(planned(files, options), AHEAD, load, drop)) {
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

/** Decides what is written of each file. */
async function* planned(
  files: AsyncIterable<FileToWrite>,
  options: FileEntryOptions,
): AsyncGenerator<Planned, undefined> {
  const names = new Map<string, string>();
  let leftOut: string | undefined;
  for await (const { path, from, entry = {} } of files) {
    if (leftOut !== undefined && path.startsWith(leftOut)) continue;
    const isFile = !(from instanceof Uint8Array);
    const own = isFile
      ? entryOf(path, from.stats, await targetOf(from), options)
      : entryOf(path, undefined, '', options);
    const { mode = own.mode, uid = own.uid, gid = own.gid, time = own.time } = entry;
    const wanted: FileEntry = { ...own, mode, uid, gid, time };
    const written = options.entry === undefined ? wanted : options.entry(Object.freeze(wanted));
    if (written === undefined) {
      leftOut = `${path}/`;
      continue;
    }
    const header = headerOf(written, from);
    const inode = isFile && own.type === 'file' && from.stats.nlink > 1n ? inodeOf(from.stats) : undefined;
    const first = inode === undefined || options.hardLinks === 'copy' ? undefined : names.get(inode);
    if (inode !== undefined && first === undefined) names.set(inode, header.name);
    yield { from, header: first === undefined ? header : { ...header, type: 'link', linkName: first } };
  }
  return undefined;
}

function headerOf({ path, ...entry }: FileEntry, from: FileToWrite['from']): TarHeaderInput {
  const name = archivePath(path);
  if (/(?:^|\/)\.wh\./.test(name)) {
    throw new UnsupportedError(`${JSON.stringify(name)}: in a layer such a name deletes a file`, {
      hint: 'leave it out with `ignore`',
    });
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
    ...(from instanceof Uint8Array ? {} : { size: Number(from.stats.size) }),
    ...(isDevice && !(from instanceof Uint8Array) && deviceNumbers(from.stats)),
  };
}

async function targetOf({ source, stats }: Exclude<FileToWrite['from'], Uint8Array>): Promise<string> {
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
