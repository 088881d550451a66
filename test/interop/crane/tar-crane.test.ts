import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import * as name from '../../../src/name/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import * as tarball from '../../../src/tarball/index.js';
import { listStream } from '../../support/archives/list-tar.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { rawEntry, type RawHeader, TRAILER } from '../../support/archives/raw-tar.js';
import { readAll } from '../../support/tools/read-all.js';
import { storedImage } from '../../support/images/stored-image.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const GNU = 'ustar  \0';

/** A binary number of twelve bytes. */
const binary = (...last: readonly number[]): string =>
  Buffer.from([0x80, ...Array<number>(11 - last.length).fill(0), ...last]).toString('latin1');

/** The bytes where ustar has its prefix, and where the GNU format has two times of twelve bytes each. */
const prefixes: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['a prefix of old versions of Go', 'pre/fix'],
  ['two times', '13540126134\x0013540126134\0'],
  ['an octal number that is a directory', '0755'],
  ['a time without an end, and a prefix', '13540126134x'],
  ['a time, and no second one', '13540126134\0notatime'],
  ['a prefix that is not ASCII', 'pré/fix'],
  ['a binary time', Buffer.from(binary(1, 2, 3), 'latin1')],
  ['a binary time beyond 64 bits', Buffer.from([0x80, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])],
  [
    'a time and a binary one beyond 53 bits',
    Buffer.concat([Buffer.from('13540126134\0'), Buffer.from([0x80, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0])]),
  ],
  [
    'a time and a binary one beyond 64 bits',
    Buffer.concat([Buffer.from('13540126134\0'), Buffer.from([0x80, 0, 0, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0])]),
  ],
  ['a prefix of 155 characters', 'p'.repeat(155)],
  ['spaces', '   \0   '],
  ['a space and text', ' a'],
];

describeWithPeers('a tar that crane reads', ['crane'], ({ crane }) => {
  const temp = useTempDir();

  it('S7: has the names that Go reads, in headers of the GNU format with a prefix', async () => {
    const fields = prefixes.flatMap(([, prefix], at): RawHeader[] => [
      { name: `gnu${at}`, magic: GNU, prefix },
      { name: `ustar${at}`, prefix: at === 6 ? '' : String(prefix) },
    ]);
    const tar = Buffer.concat([...fields.map((header) => rawEntry(header)), TRAILER]);
    const image = compressedToImage(storedImage({ tars: [tar] }));
    await tarball.writeToFile(temp.path('image.tar'), name.newTag('example.com/app:v1'), image);
    execFileSync(crane.path, ['export', '-', temp.path('crane.tar')], {
      input: readFileSync(temp.path('image.tar')),
    });
    const names = async (bytes: Buffer): Promise<readonly string[]> =>
      (await listStream(bytes)).map((entry) => entry.name);
    const theirs = await names(readFileSync(temp.path('crane.tar')));
    expect(theirs).toContain('pre/fix/gnu1');
    expect(await names(await readAll(mutate.extract(image)))).toEqual(theirs);
  });
});
