import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

import { createTar } from '../../../src/internal/tar/tar.js';
import { encodeText } from '../../../src/internal/tar/format/text.js';
import { listIndex, listStream, type ListedEntry } from '../../support/archives/list-tar.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const hasTar = spawnSync('tar', ['--version']).stdout.toString().includes('GNU tar');

const letters: Readonly<Record<string, string>> = {
  file: '-',
  link: 'h',
  symlink: 'l',
  directory: 'd',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
};

function gnuListing(file: string): readonly string[] {
  const args = [
    '--list',
    '-vv',
    '--numeric-owner',
    '--full-time',
    '--utc',
    '--quoting-style=literal',
    '-f',
    file,
  ];
  const { stdout, stderr, status } = spawnSync('tar', args, {
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n');
}

/** One line as GNU tar prints it, with single spaces. */
function lineOf({
  type,
  mode,
  uid,
  gid,
  size,
  mtime,
  name,
  linkName,
  deviceMajor,
  deviceMinor,
}: ListedEntry): string {
  const bits = 'rwxrwxrwx'.replace(/./g, (letter, at: number) => ((mode >> (8 - at)) & 1 ? letter : '-'));
  const date = new Date(Math.floor(mtime) * 1000).toISOString();
  const target = type === 'symlink' ? ` -> ${linkName}` : type === 'link' ? ` link to ${linkName}` : '';
  const extent = type.endsWith('device') ? `${deviceMajor},${deviceMinor}` : `${size}`;
  const line = `${letters[type] ?? '?'}${bits} ${uid}/${gid} ${extent} ${date.slice(0, 10)} ${date.slice(11, 19)} ${name}${target}`;
  return encodeText(line).toString('latin1');
}

const normal = (line: string): string => line.replace(/ +/g, ' ').replace(/(:\d\d)\.\d+/, '$1');

(hasTar ? describe : describe.skip)('beside GNU tar', () => {
  const tree = (): string => {
    const root = temp.path('tree');
    mkdirSync(`${root}/dir/${'deep-folder/'.repeat(12)}`, { recursive: true });
    writeFileSync(`${root}/empty`, '');
    writeFileSync(`${root}/file`, 'content');
    writeFileSync(`${root}/dir/${'deep-folder/'.repeat(12)}leaf`, 'x'.repeat(5000));
    writeFileSync(`${root}/${'n'.repeat(200)}`, 'long');
    writeFileSync(`${root}/grün`, 'utf-8');
    writeFileSync(Buffer.from(`${root}/caf\xe9`, 'latin1'), 'latin1');
    symlinkSync('t'.repeat(150), `${root}/link`);
    linkSync(`${root}/file`, `${root}/again`);
    for (const name of ['file', 'empty']) utimesSync(`${root}/${name}`, 1.5, 1_234_567_890.123456);
    return root;
  };

  it.each(['v7', 'ustar', 'gnu', 'oldgnu', 'pax'])(
    'is listed in its format %s with the same entries',
    async (format) => {
      const file = temp.path('made.tar');
      // What a format cannot hold, such as long names, is left out by it.
      spawnSync('tar', [
        '--sort=name',
        `--format=${format}`,
        '--numeric-owner',
        '-cf',
        file,
        '-C',
        tree(),
        '.',
      ]);
      const tar = readFileSync(file);
      const streamed = await listStream(tar);
      expect(streamed.length).toBeGreaterThan(8);
      expect(await listIndex(tar)).toEqual(streamed);
      expect(streamed.map(lineOf)).toEqual(gnuListing(file).map(normal));
      expect(streamed.find(({ name }) => name === './file' || name === './again')?.body).toBe('content');
    },
  );

  it('lists the entries that this package wrote', async () => {
    const tar = createTar();
    const reading = readAll(tar.stream);
    const name = 'folder/'.repeat(40);
    await tar.add({ name: 'plain', mode: 0o751, uid: 12, gid: 34, mtime: 1e9 }, Buffer.from('abc'));
    await tar.add({ name: `${name}file`, uid: 4_000_000_000, mtime: -5 }, Buffer.from('x'));
    await tar.add({ name: `${'p'.repeat(100)}/${'f'.repeat(60)}`, mtime: 2 ** 35 });
    await tar.add({ name, type: 'directory' });
    await tar.add({ name: 'soft', type: 'symlink', linkName: 'ü'.repeat(80), mtime: 5.75 });
    await tar.add({ name: 'hard', type: 'link', linkName: 'plain' });
    await tar.add({ name: 'device', type: 'character-device', deviceMajor: 5, deviceMinor: 3_000_000 });
    await tar.add({ name: 'fifo', type: 'fifo' });
    await tar.finish();
    const bytes = await reading;
    const file = temp.path('made.tar');
    writeFileSync(file, bytes);
    expect(gnuListing(file).map(normal)).toEqual((await listStream(bytes)).map(lineOf));
  });
});
