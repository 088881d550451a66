import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { SizeMismatchError } from '../../../src/errors/invalid/mismatch.js';
import { encodeHeader } from '../../../src/internal/tar/format/encode.js';
import { createTar, type TarHeaderInput, type TarWriter } from '../../../src/internal/tar/tar.js';
import { decodeText } from '../../../src/internal/tar/format/text.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { listIndex, listStream } from '../../support/archives/list-tar.js';
import { noise } from '../../support/tools/noise.js';
import { eventually } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';

async function tarOf(fill: (tar: TarWriter) => Promise<void>): Promise<Buffer> {
  const tar = createTar();
  const reading = readAll(tar.stream);
  await fill(tar);
  await tar.finish();
  return reading;
}

/** One entry, written and read again by both readers. */
async function roundTrip(
  header: TarHeaderInput,
  body = '',
): Promise<Awaited<ReturnType<typeof listStream>>[number]> {
  const bytes = await tarOf((tar) => tar.add(header, Buffer.from(body)));
  const [streamed] = await listStream(bytes);
  const [indexed] = await listIndex(bytes);
  expect(indexed).toEqual(streamed);
  if (streamed === undefined) throw new Error('nothing was written');
  return streamed;
}

const text = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 120, unit: 'grapheme-ascii' }),
    fc.uint8Array({ minLength: 1, maxLength: 150 }).map((bytes) => decodeText(Buffer.from(bytes))),
    fc
      .array(fc.stringMatching(/^[a-z]{1,40}$/), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join('/')),
  )
  .filter((value) => !value.includes('\0') && !value.endsWith('/'));

describe('createTar', () => {
  it('writes any header so that reading returns it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          name: text,
          linkName: fc.oneof(fc.constant(''), text),
          userName: fc.oneof(fc.constant(''), text),
          type: fc.constantFrom('file', 'symlink', 'link', 'fifo', 'block-device'),
          mode: fc.integer({ min: 0, max: 2 ** 40 }),
          uid: fc.integer({ min: 0, max: 2 ** 32 }),
          gid: fc.integer({ min: -5, max: 2 ** 32 }),
          mtime: fc.oneof(
            fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
            fc.constantFrom(0.5, -1.25, 1e9 + 0.001),
          ),
          deviceMajor: fc.integer({ min: 0, max: 2 ** 31 }),
        }),
        async (header) => {
          expect(await roundTrip(header)).toMatchObject(header);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('writes an archive that it has read with the same bytes', async () => {
    const pax = {
      'SCHILY.xattr.user.x': decodeText(Buffer.from([1, 255, 0, 10])),
      mtime: '1.000000001',
      atime: '2.5',
    };
    const once = await tarOf(async (tar) => {
      await tar.add({ name: 'a', mtime: 1.000000001, pax, userName: 'root' }, Buffer.from('abc'));
      await tar.add({ name: 'd/', type: 'directory', typeflag: '5' });
      await tar.add({ name: 'x/'.repeat(200) + 'f', uid: 5_000_000 });
    });
    const twice = await tarOf(async (tar) => {
      for (const { body, ...header } of await listStream(once))
        await tar.add(header, Buffer.from(body, 'latin1'));
    });
    expect(twice.equals(once)).toBe(true);
  });

  it('puts nothing about the machine into an entry', async () => {
    const { name: _, ...rest } = await roundTrip({ name: 'file' }, 'x');
    expect(rest).toEqual({
      type: 'file',
      typeflag: '0',
      size: 1,
      linkName: '',
      mode: 0o644,
      uid: 0,
      gid: 0,
      userName: '',
      groupName: '',
      mtime: 0,
      deviceMajor: 0,
      deviceMinor: 0,
      pax: Object.create(null) as object,
      body: 'x',
    });
  });

  it('accepts bodies as bytes and as streams', async () => {
    const bytes = noise(400_000);
    const asBytes = await tarOf((tar) => tar.add({ name: 'f' }, bytes));
    const asStream = await tarOf((tar) =>
      tar.add({ name: 'f', size: bytes.byteLength }, chunked(bytes, [100, 70_000])),
    );
    expect(asStream.equals(asBytes)).toBe(true);
    expect(asBytes.byteLength % 512).toBe(0);
    expect(asBytes.subarray(-1024).equals(Buffer.alloc(1024))).toBe(true);
  });

  it('waits for its reader', async () => {
    const tar = createTar();
    let added = 0;
    const adding = (async () => {
      for (; added < 100; added += 1) await tar.add({ name: 'f' }, Buffer.alloc(100_000));
      await tar.finish();
    })();
    await eventually(() => false, 200);
    expect(added).toBeLessThan(10);
    expect((await readAll(tar.stream)).byteLength).toBe(100 * (512 + 100_352) + 1024);
    await adding;
  });

  it('fails on a stream of another size, and on a stream without a size', async () => {
    for (const [size, sent] of [
      [3, 4],
      [4, 3],
    ] as const) {
      const tar = createTar();
      const source = chunked(Buffer.alloc(sent));
      await expect(tar.add({ name: 'f', size }, source)).rejects.toThrow(SizeMismatchError);
      expect(source.destroyed).toBe(true);
      tar.stream.destroy();
    }
    const source = stalled();
    await expect(createTar().add({ name: 'f' }, source)).rejects.toThrow(TypeError);
    expect(source.destroyed).toBe(true);
  });

  it('fails with the error of a body, and refuses a second entry at the same time', async () => {
    const tar = createTar();
    await expect(
      tar.add({ name: 'f', size: 9 }, failing(Buffer.from('x'), new Error('broke'))),
    ).rejects.toThrow('broke');
    const waiting = stalled();
    const first = tar.add({ name: 'f', size: 9 }, waiting);
    const second = stalled();
    await expect(tar.add({ name: 'g', size: 9 }, second)).rejects.toThrow(TypeError);
    expect(second.destroyed).toBe(true);
    tar.stream.destroy();
    await expect(first).rejects.toThrow(/reader/);
    expect(waiting.destroyed).toBe(true);
    const late = stalled();
    await expect(tar.add({ name: 'h', size: 1 }, late)).rejects.toThrow(/reader/);
    expect(late.destroyed).toBe(true);
  });

  it('passes the failure of its stream to the running call of `add`', async () => {
    const tar = createTar();
    const full = tar.add({ name: 'f' }, Buffer.alloc(1_000_000));
    tar.stream.on('error', () => undefined);
    tar.stream.destroy(new Error('disk full'));
    await expect(full).rejects.toThrow('disk full');
  });
});

describe('encodeHeader', () => {
  it('uses the prefix of ustar if a name can be split at a slash, and a record otherwise', () => {
    const directory = 'd'.repeat(60);
    const name = `${directory}/${directory}/file`;
    const split = encodeHeader({ name });
    expect(split.byteLength).toBe(512);
    expect(split.toString('latin1', 0, 5)).toBe('file\0');
    expect(split.toString('latin1', 345, 345 + 122)).toBe(`${directory}/${directory}\0`);
    for (const long of [`${'d'.repeat(160)}/f`, `d/${'f'.repeat(101)}`, `/${'f'.repeat(101)}`, 'ü']) {
      const blocks = encodeHeader({ name: long });
      expect(blocks.byteLength).toBe(1536);
      expect(blocks.toString('latin1', 156, 157)).toBe('x');
    }
    expect(encodeHeader({ name: 'a/b/ü' }).toString('latin1', 0, 19)).toBe('a/b/PaxHeaders.0\0\0\0');
  });

  it('does not let a name that is cut at a slash look like a directory', () => {
    const name = `${'f'.repeat(99)}/${'g'.repeat(101)}ü`;
    const main = encodeHeader({ name }).subarray(-512);
    expect(main.toString('latin1', 0, 100)).toBe(`${'f'.repeat(99)}\0`);
  });

  it('refuses values that no header can hold', () => {
    expect(() => encodeHeader({ name: 'a\0b' })).toThrow(ArchiveInvalidError);
    expect(() => encodeHeader({ name: 'file/' })).toThrow(/slash/);
    expect(() => encodeHeader({ name: 'f', mode: 2 ** 60 })).toThrow(ArchiveInvalidError);
    expect(() => encodeHeader({ name: 'f', pax: { 'a=b': 'c' } })).toThrow(ArchiveInvalidError);
  });
});
