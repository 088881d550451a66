import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { isContainerError } from '../../../src/errors/base.js';
import { createTar } from '../../../src/internal/tar/tar.js';
import { listIndex, listStream } from '../../support/archives/list-tar.js';
import { paxEntry, rawEntry, rawHeader, TRAILER } from '../../support/archives/raw-tar.js';
import { readAll } from '../../support/tools/read-all.js';
import { oldSparse, version0, version1 } from '../../support/archives/sparse-tar.js';

const corpus = Buffer.concat([
  rawEntry({ name: 'file' }, 'content'),
  paxEntry([
    ['path', 'long/'.repeat(30)],
    ['size', '600'],
    ['mtime', '1.5'],
  ]),
  rawHeader({ name: 'short', size: 1 }),
  Buffer.alloc(1024, 'x'),
  paxEntry([['uname', 'all']], 'g'),
  rawEntry({ name: '././@LongLink', typeflag: 'L', magic: 'ustar  \0' }, `${'g'.repeat(200)}\0`),
  rawEntry({ name: 'gnu', magic: 'ustar  \0' }, 'gnu'),
  rawEntry({ name: 'v7/', typeflag: '\0', magic: '' }),
  rawEntry({ name: 'link', typeflag: '2', linkName: 'file' }),
  oldSparse(900, [[100, 3]], Buffer.from('old')),
  version0({ map: '5,4', numblocks: '1', size: '20' }, 'zero'),
  version1(600, '1\n500\n3\n', 'one'),
  TRAILER,
]);

const limits = { maxEntries: 100, maxHeaderBytes: 4096, maxBytes: 1_000_000 };

/** Makes the checksums of all blocks right again that look like headers, so that changes get past them. */
function repaired(tar: Buffer): Buffer {
  for (let start = 0; start + 512 <= tar.byteLength; start += 512) {
    const block = tar.subarray(start, start + 512);
    if (!/^[0-7]{6}\0 $/.test(block.toString('latin1', 148, 156))) continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return tar;
}

const changes = fc.array(fc.tuple(fc.nat({ max: corpus.byteLength - 1 }), fc.nat({ max: 255 })), {
  minLength: 1,
  maxLength: 6,
});

describe('an arbitrary archive', () => {
  it('is read or refused with a typed error, the same by both readers', async () => {
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.nat({ max: corpus.byteLength }),
        fc.boolean(),
        async (edits, cut, whole) => {
          const tar = Buffer.from(corpus);
          for (const [at, value] of edits) tar[at] = value;
          const input = repaired(tar).subarray(0, whole ? tar.byteLength : cut);
          const streamed = await listStream(input, limits).catch((error: unknown) => error);
          const indexed = await listIndex(input, limits).catch((error: unknown) => error);
          if (Array.isArray(streamed)) {
            expect(indexed).toEqual(streamed);
          } else {
            expect(isContainerError(streamed)).toBe(true);
            expect(indexed).toMatchObject({ code: (streamed as { code: string }).code });
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('has the same meaning after it was read and written', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (edits) => {
        const tar = Buffer.from(corpus);
        for (const [at, value] of edits) tar[at] = value;
        const before = await listStream(repaired(tar), limits).catch(() => []);
        const copy = createTar();
        const reading = readAll(copy.stream);
        for (const { body, ...header } of before) {
          const named = {
            ...header,
            name: header.type === 'directory' ? header.name : header.name.replace(/\/+$/, ''),
          };
          await copy.add(named, Buffer.from(body, 'latin1'));
        }
        await copy.finish();
        const after = await listStream(await reading, { maxEntries: 100 });
        const essence = ({
          name,
          type,
          size,
          linkName,
          mode,
          uid,
          gid,
          mtime,
          body,
        }: (typeof before)[number]): unknown => [
          name.replace(/\/+$/, ''),
          type,
          size,
          linkName,
          mode,
          uid,
          gid,
          mtime,
          body,
        ];
        expect(after.map(essence)).toEqual(before.map(essence));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused if its bytes are not a tar', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (bytes) => {
        bytes[0] = 1;
        const error = await listStream(Buffer.from(bytes), limits).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'ARCHIVE_INVALID' });
      }),
    );
  });
});
