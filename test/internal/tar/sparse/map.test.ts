import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../../../src/errors/invalid/archive.js';
import { LimitExceededError } from '../../../../src/errors/limit-exceeded.js';
import { UnsupportedError } from '../../../../src/errors/unsupported.js';
import { memoryAccess } from '../../../../src/internal/files/random-access.js';
import { createTar, readTar } from '../../../../src/internal/tar/tar.js';
import { indexTar } from '../../../../src/internal/tar/entry-index.js';
import { readBody, streamBody } from '../../../../src/internal/tar/sparse/body.js';
import { fc } from '../../../support/tools/fast-check.js';
import { listIndex, listStream } from '../../../support/archives/list-tar.js';
import { paxEntry, rawEntry, TRAILER } from '../../../support/archives/raw-tar.js';
import { readAll, sha256Of } from '../../../support/tools/read-all.js';
import { oldSparse, sparseFile, version0, version1 } from '../../../support/archives/sparse-tar.js';
import { useTempDir } from '../../../support/tools/temp-dir.js';

const temp = useTempDir();
const hasTar = spawnSync('tar', ['--version']).stdout.toString().includes('GNU tar');

const end = rawEntry({ name: 'end' }, 'end');
const list = async (...parts: readonly Buffer[]) => listStream(Buffer.concat([...parts, end, TRAILER]));

(hasTar ? describe : describe.skip)('sparse files of GNU tar', () => {
  const files = (): Readonly<Record<string, Buffer>> => {
    const many = Array.from({ length: 60 }, (_, index) => [index * 65_536, `part ${index}`] as const);
    sparseFile(temp.path('holes'), 1_000_000, [[300_000, 'middle']]);
    sparseFile(temp.path('ends'), 500_123, [
      [0, 'first'],
      [500_119, 'last'],
    ]);
    sparseFile(temp.path('empty'), 2_000_000, []);
    sparseFile(temp.path('many'), 60 * 65_536, many);
    sparseFile(temp.path('long'.repeat(40)), 100_000, [[50_000, 'x']]);
    const names = ['holes', 'ends', 'empty', 'many', 'long'.repeat(40)];
    return Object.fromEntries(names.map((name) => [name, readFileSync(temp.path(name))]));
  };

  it.each([
    ['gnu', []],
    ['oldgnu', []],
    ['posix', ['--sparse-version=0.0']],
    ['posix', ['--sparse-version=0.1']],
    ['posix', ['--sparse-version=1.0']],
  ])('B10: are read with their content, in the format %s %j', async (format, more) => {
    const wanted = files();
    const tar = temp.path('made.tar');
    const args = [
      `--format=${format}`,
      ...more,
      '--sparse',
      '-cf',
      tar,
      '-C',
      temp.path(),
      ...Object.keys(wanted),
    ];
    expect(spawnSync('tar', args).stderr.toString()).toBe('');
    const bytes = readFileSync(tar);
    // Otherwise the file system keeps no holes, and nothing is tested.
    expect(bytes.byteLength).toBeLessThan(1_500_000);
    const streamed = await listStream(bytes, {}, [700]);
    expect(
      streamed.map(({ name, type, size, body }) => [name, type, size, sha256Of(Buffer.from(body, 'latin1'))]),
    ).toEqual(Object.entries(wanted).map(([name, body]) => [name, 'file', body.byteLength, sha256Of(body)]));
    expect(isDeepStrictEqual(await listIndex(bytes), streamed)).toBe(true);
    for await (const entry of readTar(Readable.from([bytes]))) {
      expect((await entry.bytes()).equals(wanted[entry.header.name]!)).toBe(true);
    }
  });

  it('B10: become ordinary files when they are written again', async () => {
    const wanted = files();
    spawnSync('tar', [
      '--format=posix',
      '--sparse',
      '-cf',
      temp.path('made.tar'),
      '-C',
      temp.path(),
      'holes',
      'ends',
    ]);
    const copy = createTar();
    const reading = readAll(copy.stream);
    for await (const { header, body } of readTar(Readable.from([readFileSync(temp.path('made.tar'))]))) {
      await copy.add(header, body);
    }
    await copy.finish();
    const again = await listStream(await reading);
    expect(
      again.map(({ name, typeflag, body, pax }) => [name, typeflag, body, Object.keys(pax).join()]),
    ).toEqual(
      ['holes', 'ends'].map((name) => [
        name,
        '0',
        wanted[name]!.toString('latin1'),
        expect.not.stringContaining('sparse'),
      ]),
    );
  });
});

describe('a sparse file', () => {
  const data = 'a'.repeat(512) + 'bb';
  const content = `${'\0'.repeat(1000)}${'a'.repeat(512)}${'\0'.repeat(488)}bb${'\0'.repeat(8)}`;
  const forms: readonly (readonly [string, Buffer])[] = [
    [
      'old',
      oldSparse(
        2010,
        [
          [1000, 512],
          [2000, 2],
          [2010, 0],
        ],
        Buffer.from(data),
      ),
    ],
    ['zero', version0({ map: '1000,512,2000,2', numblocks: '2', size: '2010' }, data)],
    ['one', version1(2010, '2\n1000\n512\n2000\n2\n', data)],
  ];

  it.each(forms)('B10: is expanded, %s', async (name, entry) => {
    const [found, last] = await list(entry);
    expect(found).toMatchObject({ name, type: 'file', size: 2010, body: content });
    expect(last).toMatchObject({ name: 'end', body: 'end' });
    expect(await listIndex(Buffer.concat([entry, end, TRAILER]))).toEqual([found, last]);
  });

  it.each(forms)('B10: is skipped or read in part, %s', async (_name, entry) => {
    const tar = Buffer.concat([entry, end, TRAILER]);
    for (const chunks of [0, 1, 2]) {
      const names: string[] = [];
      for await (const { header, body } of readTar(Readable.from([tar]))) {
        names.push(header.name);
        let left = chunks;
        if (left > 0) for await (const _chunk of body) if (--left === 0) break;
      }
      expect(names.at(-1)).toBe('end');
    }
    const [index] = await indexTar(memoryAccess(tar));
    for (const length of [0, 10, 1000, 1001, 1600, 2001, 5000]) {
      expect((await readBody(memoryAccess(tar), index!, length)).toString('latin1')).toBe(
        content.slice(0, length),
      );
    }
    expect((await readAll(streamBody(memoryAccess(tar), index!))).toString('latin1')).toBe(content);
  });

  it.each(forms)('B1, B10: is an error if it is truncated, %s', async (_name, entry) => {
    for (const cut of [1, 300, 513]) {
      const tar = entry.subarray(0, entry.byteLength - 510 - cut);
      await expect(listStream(tar)).rejects.toThrow(ArchiveInvalidError);
      await expect(listIndex(tar)).rejects.toThrow(ArchiveInvalidError);
    }
  });

  it.each([
    ['lies beyond its end', '2000,20'],
    ['overlaps the one before', '0,10,5,10'],
    ['comes before the one before', '100,5,0,15'],
    ['is more than is stored', '0,30'],
    ['is less than is stored', '0,10'],
    ['is too large a number', '0,9007199254740993'],
    ['is no number', '0,x'],
    ['is negative', '0,-1'],
    ['has no length', '0'],
  ])('B10: is refused if a part %s', async (_what, map) => {
    const numbers = map.split(',');
    const blocks = `${numbers.length / 2}`;
    await expect(list(version0({ map, numblocks: blocks, size: '2010' }, 'x'.repeat(20)))).rejects.toThrow(
      ArchiveInvalidError,
    );
    await expect(list(version1(2010, `${blocks}\n${numbers.join('\n')}\n`, 'x'.repeat(20)))).rejects.toThrow(
      ArchiveInvalidError,
    );
  });

  it('B10: is refused if it is not a file, is marked twice, or is marked in a global header', async () => {
    const records = paxEntry(
      Object.entries({ map: '', numblocks: '0', size: '5' }).map(([key, value]) => [
        `GNU.sparse.${key}`,
        value,
      ]),
    );
    await expect(list(records, rawEntry({ name: 'd/', typeflag: '5' }))).rejects.toThrow(ArchiveInvalidError);
    await expect(list(records, oldSparse(5, [], Buffer.alloc(0)))).rejects.toThrow(ArchiveInvalidError);
    await expect(list(paxEntry([['GNU.sparse.name', 'x']], 'g'))).rejects.toThrow(ArchiveInvalidError);
    await expect(list(version0({ size: '5', numblocks: '1' }, ''))).rejects.toThrow(UnsupportedError);
    await expect(list(version0({ major: '2', minor: '0', size: '5' }, ''))).rejects.toThrow(UnsupportedError);
  });

  it('B10: may have more than a gigabyte of holes only if an option allows it, and in constant memory', async () => {
    const size = 1024 ** 3 + 1;
    const giant = version0({ map: '', numblocks: '0', size: String(size) }, '');
    const read = async (limits: object): Promise<number> => {
      let total = 0;
      for await (const { body } of readTar(Readable.from([Buffer.concat([giant, TRAILER])]), limits)) {
        for await (const chunk of body) total += (chunk as Buffer).byteLength;
      }
      return total;
    };
    await expect(read({})).rejects.toMatchObject({ option: 'maxRatio' });
    await expect(read({ maxRatio: Infinity, maxBytes: 1e9 })).rejects.toMatchObject({ option: 'maxBytes' });
    expect(await read({ maxRatio: Infinity })).toBe(size);
  });

  it('B10: is refused if its map is longer than the cap on headers', async () => {
    const parts = Array.from({ length: 100 }, (_, index) => [index * 2, 1] as const);
    const limits = { maxHeaderBytes: 1024 };
    const old = Buffer.concat([oldSparse(300, parts, Buffer.alloc(100)), TRAILER]);
    const one = Buffer.concat([version1(300, `100\n${parts.flat().join('\n')}\n`, 'x'.repeat(100)), TRAILER]);
    expect((await listStream(old))[0]).toMatchObject({ size: 300 });
    await expect(listStream(old, limits)).rejects.toThrow(LimitExceededError);
    await expect(listStream(version1(300, `1000000000\n${'0\n'.repeat(2000)}`, ''), limits)).rejects.toThrow(
      LimitExceededError,
    );
    await expect(listStream(one)).resolves.toMatchObject([{ size: 300 }]);
  });

  it('B10: has the same content in every form, for any parts', async () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(runs, fc.nat(900), async (pieces, tail) => {
        const parts: [number, number][] = [];
        let body = '';
        for (const [hole, length] of pieces) {
          parts.push([body.length + hole, length]);
          body += '\0'.repeat(hole) + 'x'.repeat(length);
        }
        body += '\0'.repeat(tail);
        const stored = 'x'.repeat(parts.reduce((sum, [, length]) => sum + length, 0));
        const tar = [
          oldSparse(body.length, parts, Buffer.from(stored)),
          version0(
            { map: parts.flat().join(), numblocks: `${parts.length}`, size: `${body.length}` },
            stored,
          ),
          version1(
            body.length,
            `${parts.length}\n${parts.flat().join('\n')}${parts.length > 0 ? '\n' : ''}`,
            stored,
          ),
        ];
        expect((await list(...tar)).map((entry) => entry.body)).toEqual([body, body, body, 'end']);
      }),
      { numRuns: 100 },
    );
  });
});
