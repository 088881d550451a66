import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeText } from '../../../src/internal/tar/format/text.js';
import type { TarHeader } from '../../../src/internal/tar/format/header.js';

export const hasGnuTar = spawnSync('tar', ['--version']).stdout.toString().includes('GNU tar');

/** What GNU tar says of an archive. */
export interface GnuListing {
  readonly lines: readonly string[];
  readonly errors: string;
  /** Whether it took the archive, perhaps with a remark. */
  readonly ok: boolean;
}

const LIST =
  'tar --list -vv --no-seek --numeric-owner --full-time --utc --quoting-style=escape --warning=no-timestamp';

/** Between the parts of the output; no archive has it in it. */
const MARK = '=====gnu-listing=====';

/** Lists many archives with one shell, which is several times as fast as one after the other. */
export function gnuListings(directory: string, archives: readonly Buffer[]): readonly GnuListing[] {
  archives.forEach((tar, number) => {
    writeFileSync(join(directory, `${number}`), tar);
  });
  const each = `${LIST} -f $n 2> err; echo ${MARK}$?${MARK}; cat err; echo ${MARK}; rm $n`;
  const { stdout } = spawnSync(
    'sh',
    ['-c', `n=0; while [ -e $n ]; do ${each}; n=$((n + 1)); done; rm -f err`],
    {
      cwd: directory,
      encoding: 'latin1',
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, LC_ALL: 'C' },
    },
  );
  const parts = stdout.split(MARK);
  return archives.map((_, number) => {
    const [lines = '', code = '', errors = ''] = parts.slice(3 * number, 3 * number + 3);
    return {
      ok: code === '0',
      errors: errors.trim(),
      lines: lines
        .split('\n')
        .filter((line) => line !== '')
        .map(normal),
    };
  });
}

function normal(line: string): string {
  return line.replace(/ +/g, ' ').replace(/(:\d\d)\.\d+/, '$1');
}

const LETTERS: Readonly<Record<string, string>> = {
  file: '-',
  link: 'h',
  symlink: 'l',
  directory: 'd',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
};

/** One entry as GNU tar prints it, with single spaces. */
export function gnuLine(header: TarHeader): string {
  const { type, typeflag, mode, uid, gid, size, mtime, name, linkName, deviceMajor, deviceMinor } = header;
  const date = new Date(Math.floor(mtime) * 1000).toISOString();
  const target =
    type === 'symlink' ? ` -> ${escaped(linkName)}` : type === 'link' ? ` link to ${escaped(linkName)}` : '';
  const extent = type.endsWith('device') ? `${deviceMajor},${deviceMinor}` : `${size}`;
  const letter = typeflag === '7' ? 'C' : (LETTERS[type] ?? '?');
  return `${letter}${bits(mode)} ${uid}/${gid} ${extent} ${date.slice(0, -14)} ${date.slice(-13, -5)} ${escaped(name)}${target}`.replace(
    / +/g,
    ' ',
  );
}

function bits(mode: number): string {
  const letters = Array.from('rwxrwxrwx', (letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-'));
  const set = (at: number, bit: number, low: string, high: string): void => {
    if ((mode & bit) !== 0) letters[at] = letters[at] === 'x' ? low : high;
  };
  set(2, 0o4000, 's', 'S');
  set(5, 0o2000, 's', 'S');
  set(8, 0o1000, 't', 'T');
  return letters.join('');
}

const SIGNS: Readonly<Record<number, string>> = {
  7: 'a',
  8: 'b',
  9: 't',
  10: 'n',
  11: 'v',
  12: 'f',
  13: 'r',
  92: '\\',
};

function escaped(text: string): string {
  return Array.from(encodeText(text), (byte) => {
    if (SIGNS[byte] !== undefined) return `\\${SIGNS[byte]}`;
    return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
  }).join('');
}
