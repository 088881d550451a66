import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isContainerError } from '../../../src/errors/base.js';
import { fc } from '../../support/tools/fast-check.js';
import { gnuLine, type GnuListing, gnuListings, hasGnuTar } from './gnu-listing.js';
import { listStream } from '../../support/archives/list-tar.js';
import { paxEntry, rawEntry, type RawHeader, TRAILER } from '../../support/archives/raw-tar.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'containerregistry-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
const word = fc.stringMatching(/^[a-zA-Z0-9 ._\u00e9-]{1,12}$/);
const path = fc
  .array(word, { minLength: 1, maxLength: 30 })
  .map((parts) => parts.join('/'))
  .filter((text) => text.trim() === text);
const shortPath = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/').slice(0, 60));
const body = fc.nat(1500).map((size) => 'x'.repeat(size));
const number = (length: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.nat(8 ** Math.min(length - 1, 8) - 1).map((value) => octal(value, length)),
    fc.nat(4095).map((value) => ` ${value.toString(8).padStart(length - 3, ' ')} \0`.slice(-length)),
    fc.nat(4095).map((value) => value.toString(8).padEnd(length, ' ')),
  );

const fields: fc.Arbitrary<RawHeader> = fc.record({
  name: shortPath,
  mode: fc.nat(0o7777).map((mode) => octal(mode, 8)),
  uid: number(8),
  gid: number(8),
  mtime: number(12),
  magic: fc.constantFrom('ustar\x0000', 'ustar  \0', ''),
});

const entry: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(fields, body, fc.constantFrom('0', '\0', '7'))
    .map(([header, text, typeflag]) => rawEntry({ ...header, typeflag }, text)),
  fields.map((header) => rawEntry({ ...header, name: `${String(header.name)}/`, typeflag: '5' })),
  fc
    .tuple(fields, shortPath, fc.constantFrom('1', '2'))
    .map(([header, linkName, typeflag]) => rawEntry({ ...header, linkName, typeflag })),
  fc
    .tuple(fields, fc.constantFrom('3', '4', '6'))
    .map(([header, typeflag]) => rawEntry({ ...header, magic: 'ustar\x0000', typeflag })),
  // Long names of GNU.
  fc
    .tuple(fields, path, path, body)
    .map(([header, long, target, text]) =>
      Buffer.concat([
        rawEntry({ name: '././@LongLink', typeflag: 'L', magic: 'ustar  \0' }, `${long}\0`),
        rawEntry({ name: '././@LongLink', typeflag: 'K', magic: 'ustar  \0' }, `${target}\0`),
        text === '' ? rawEntry({ ...header, typeflag: '2' }) : rawEntry(header, text),
      ]),
    ),
  // Records of PAX.
  fc
    .tuple(fields, path, path, body, fc.nat(2 ** 31), fc.integer({ min: 0, max: 2 ** 33 }))
    .map(([header, long, target, text, uid, mtime]) =>
      Buffer.concat([
        paxEntry([
          ['path', long],
          ['linkpath', target],
          ['uid', `${uid}`],
          ['mtime', `${mtime}.25`],
          ['size', `${text.length}`],
          ['comment', 'any'],
        ]),
        text === ''
          ? rawEntry({ ...header, typeflag: '2', magic: 'ustar\x0000' })
          : rawEntry({ ...header, size: 7, magic: 'ustar\x0000' }, '').subarray(0, 512),
        text === '' ? Buffer.alloc(0) : rawEntry({}, text).subarray(512),
      ]),
    ),
  fc.tuple(word, fields).map(([prefix, header]) => rawEntry({ ...header, prefix, magic: 'ustar\x0000' })),
);

const archive = fc
  .array(entry, { minLength: 1, maxLength: 6 })
  .map((entries) => Buffer.concat([...entries, TRAILER]));

async function ours(tar: Buffer): Promise<readonly string[] | Error> {
  try {
    return (await listStream(tar, { maxEntries: 1000 })).map(gnuLine);
  } catch (error) {
    return error as Error;
  }
}

function sample(count: number, what: fc.Arbitrary<Buffer>): readonly (readonly [Buffer, GnuListing])[] {
  const archives = fc.sample(what, count);
  return gnuListings(directory, archives).map((listing, index) => [archives[index]!, listing]);
}

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

const changed = fc
  .tuple(
    archive,
    fc.array(fc.tuple(fc.nat(), fc.nat(511), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
  )
  .map(([tar, edits, mend]) => {
    const copy = Buffer.from(tar);
    for (const [block, at, value] of edits) copy[(block % (copy.byteLength / 512)) * 512 + at] = value;
    return mend ? repaired(copy) : copy;
  });
const cut = fc.tuple(archive, fc.nat()).map(([tar, at]) => tar.subarray(0, at % tar.byteLength));

(hasGnuTar ? describe : describe.skip)('beside GNU tar', () => {
  it('B7, B8: archives of all formats have the listing that GNU tar gives', async () => {
    let lines = 0;
    for (const [tar, listing] of sample(120, archive)) {
      expect({ ok: listing.ok, lines: await ours(tar) }).toEqual({ ok: true, lines: listing.lines });
      lines += listing.lines.length;
    }
    expect(lines).toBeGreaterThan(300);
  });

  it.each([
    ['changed', changed],
    ['cut', cut],
  ])(
    'B1, B8, B11: archives that were %s are refused, or have the listing that GNU tar gives',
    async (_how, what) => {
      const found = { same: 0, refused: 0 };
      for (const [tar, listing] of sample(250, what)) {
        const own = await ours(tar);
        if (own instanceof Error) {
          expect(isContainerError(own)).toBe(true);
          // What it takes and we do not has a reason.
          if (listing.ok) expect(own.message).toMatch(tar.byteLength % 512 === 0 ? STRICTER : CUT);
          found.refused += 1;
        } else {
          expect(listing.lines).toEqual(own);
          if (!listing.ok) expect(listing.errors).toMatch(MORE_TOLERANT);
          found.same += 1;
        }
      }
      expect(found.same).toBeGreaterThan(5);
      expect(found.refused).toBeGreaterThan(20);
    },
  );
});

/** GNU tar reads an invalid number as another number, and leaves out records that it cannot read. */
const STRICTER =
  /invalid \w+ in a header|invalid record in an extended header|negative size|follows a block that ends/;

/** It does not look at a part of a block. */
const CUT = /unexpected end of data|ends after an extended header/;

/** The padding of the last body may be missing here, and an archive may be empty. */
const MORE_TOLERANT = /Unexpected EOF in archive|does not look like a tar archive/;
