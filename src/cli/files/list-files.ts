import { parseLocation } from '../../crane/names/location.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { visible } from '../../errors/visible.js';
import type { FileEntry, FileType } from '../../files/file-entry.js';
import { find } from '../../files/find.js';
import { list } from '../../files/list.js';
import { open } from '../../files/read.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';

export interface ListFilesFlags {
  readonly cat?: boolean;
  readonly long?: boolean;
  readonly find?: string;
  readonly depth?: number;
  readonly json?: boolean;
  readonly cache_path?: string;
  readonly verify?: boolean;
}

/** Lists the files of an image, or prints one of them. */
export async function listFiles(
  cli: Cli,
  image: string,
  path: string | undefined,
  flags: ListFilesFlags,
): Promise<void> {
  const location = parseLocation(image);
  const { cache_path: cacheDirectory, verify, depth, find: pattern } = flags;
  const options = { ...cli.options, cacheDirectory, verify };
  if (flags.cat === true) {
    if (path === undefined) throw new UsageError('--cat needs the path of a file');
    if (pattern !== undefined || flags.json === true || flags.long === true || depth !== undefined)
      throw new UsageError('--cat cannot be used with --find, --json, --long and --depth');
    await cli.stream(await openFile(location, path, options));
    return;
  }
  if (pattern !== undefined && (path !== undefined || depth !== undefined))
    throw new UsageError(
      '--find searches the whole image',
      'put the directory into the pattern, as in /etc/**',
    );
  const entries =
    pattern === undefined ? list(location, { ...options, path, depth }) : find(location, pattern, options);
  for await (const entry of entries) await cli.line(lineOf(entry, flags));
}

async function openFile(...args: Parameters<typeof open>): ReturnType<typeof open> {
  try {
    return await open(...args);
  } catch (error) {
    if (!(error instanceof UnsupportedError) || error.hint === undefined) throw error;
    throw new UnsupportedError(error.message, { cause: error, hint: 'without --cat, its files are listed' });
  }
}

function lineOf(entry: FileEntry, { json, long }: ListFilesFlags): string {
  if (json === true) return JSON.stringify(plainEntry(entry));
  if (long !== true) return visible(entry.path);
  const { type, mode, uid, gid, size, device, modified, path, linkTarget, hardLink } = entry;
  const amount = device === undefined ? String(size) : `${device.major},${device.minor}`;
  const link = linkTarget === undefined ? '' : ` -> ${linkTarget}`;
  const hard = hardLink === undefined ? '' : ` link to ${hardLink}`;
  const owner = `${uid}/${gid}`;
  const time = modified.toISOString().slice(0, 16).replace('T', ' ');
  return visible(
    `${TYPE[type]}${permissions(mode)} ${owner.padEnd(9)} ${amount.padStart(10)} ${time} ${path}${link}${hard}`,
  );
}

/** The entry for JSON, where attributes are in base64. */
export function plainEntry(entry: FileEntry): object {
  const { attributes } = entry;
  if (attributes === undefined) return entry;
  const encoded = Object.entries(attributes).map(
    ([name, value]) => [name, Buffer.from(value).toString('base64')] as const,
  );
  return { ...entry, attributes: Object.fromEntries(encoded) };
}

const TYPE: Readonly<Record<FileType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
  other: '?',
};

/** The permissions as `ls` prints them. */
function permissions(mode: number): string {
  const bits = [6, 3, 0].map((shift, at) => {
    const digit = mode >> shift;
    const isSpecial = ((mode >> (11 - at)) & 1) === 1;
    const special = at === 2 ? 't' : 's';
    const execute = (digit & 1) === 1 ? (isSpecial ? special : 'x') : isSpecial ? special.toUpperCase() : '-';
    return `${(digit & 4) === 0 ? '-' : 'r'}${(digit & 2) === 0 ? '-' : 'w'}${execute}`;
  });
  return bits.join('');
}
