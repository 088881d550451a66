import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { UnsafePathError } from '../../src/errors/invalid/path.js';
import { readTar } from '../../src/internal/tar/tar.js';
import { verified } from '../../src/internal/streams/verify.js';
import * as mutate from '../../src/mutate/index.js';
import type { Image } from '../../src/v1/image.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { file, directory, layeredImage, link, symlink } from '../support/images/layered-image.js';
import { eventually, openDescriptors } from '../support/tools/open-handles.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { unpackInMemory } from '../support/archives/unpack-in-memory.js';

/** Maps each path to its content, or to the target of a link. */
async function contents(
  layers: readonly (readonly LayerEntry[])[],
  options?: mutate.ExtractOptions,
): Promise<Record<string, string>> {
  const found = await unpackInMemory(mutate.extract(await layeredImage(layers), options));
  return Object.fromEntries(
    [...found].map(([path, { header, content, inode }]) => {
      if (header.type === 'symlink') return [path, `-> ${header.linkName}`];
      return [path, inode === path ? content : `= ${inode}`];
    }),
  );
}

async function names(image: Image): Promise<string[]> {
  const found: string[] = [];
  for await (const { header } of readTar(mutate.extract(image))) found.push(header.name);
  return found;
}

describe('extract', () => {
  it('M1: removes paths with a whiteout, and ignores a whiteout for a path that does not exist', async () => {
    const lower = [directory('d'), file('d/x', '1'), file('gone', '2'), file('kept', '3')];
    expect(
      await contents([lower, [file('.wh.gone', ''), file('.wh.d', ''), file('.wh.nothing', '')]]),
    ).toEqual({
      kept: '3',
    });
  });

  it.each(['before', 'after'])(
    'M2: an opaque marker %s its siblings hides only lower layers',
    async (where) => {
      const opaque = file('d/.wh..wh..opq', '');
      const upper = [directory('d'), file('d/new', '2')];
      const layers = [
        [directory('d'), file('d/old', '1')],
        where === 'before' ? [opaque, ...upper] : [...upper, opaque],
      ];
      expect(await contents(layers)).toEqual({ d: '', 'd/new': '2' });
    },
  );

  it.each(['before', 'after'])(
    'M3: a whiteout %s an entry of the same name in its layer does not hide that entry',
    async (where) => {
      const made = [directory('d'), file('d/new', '2')];
      const out = [file('.wh.d', '')];
      const upper = where === 'before' ? [...out, ...made] : [...made, ...out];
      expect(await contents([[directory('d'), file('d/old', '1')], upper])).toEqual({ d: '', 'd/new': '2' });
    },
  );

  describe('M4: a hard link whose target is hidden', () => {
    const linked = [file('a', 'old'), link('b', 'a'), link('c', 'a')];

    it('becomes a file, with its siblings as links to it, if the target is replaced', async () => {
      expect(await contents([linked, [file('a', 'new')]])).toEqual({ a: 'new', b: 'old', c: '= b' });
    });

    it('becomes a file if the target has a whiteout', async () => {
      expect(await contents([linked, [file('.wh.a', '')]])).toEqual({ b: 'old', c: '= b' });
    });

    it('becomes a file if the target has a whiteout and is created again', async () => {
      expect(await contents([linked, [file('.wh.a', '')], [file('a', 'new')]])).toEqual({
        a: 'new',
        b: 'old',
        c: '= b',
      });
    });

    it('becomes a file if the directory of the target is replaced', async () => {
      const lower = [directory('d'), file('d/a', 'old'), link('b', 'd/a')];
      expect(await contents([lower, [file('d', 'file')]])).toEqual({ d: 'file', b: 'old' });
    });

    it('keeps the metadata of the file', async () => {
      const lower = [
        file('a', 'old', { mode: 0o4755, uid: 7, mtime: 99, pax: { 'SCHILY.xattr.user.k': 'v' } }),
      ];
      const image = await layeredImage([[...lower, link('b', 'a')], [file('.wh.a', '')]]);
      const { header } = (await unpackInMemory(mutate.extract(image))).get('b')!;
      expect(header).toMatchObject({ mode: 0o4755, uid: 7, mtime: 99, pax: { 'SCHILY.xattr.user.k': 'v' } });
    });

    it('fails if no layer has the target', async () => {
      await expect(contents([[link('b', 'a')]])).rejects.toBeInstanceOf(ArchiveInvalidError);
    });

    it('does not fail if the link itself is hidden', async () => {
      expect(await contents([[link('b', 'a')], [file('b', 'new')]])).toEqual({ b: 'new' });
    });
  });

  describe('M5: a hard link', () => {
    it('gets its content from a target in a lower layer', async () => {
      expect(await contents([[file('a', '1')], [link('b', 'a')], [link('c', 'b')]])).toEqual({
        a: '1',
        b: '= a',
        c: '= a',
      });
    });

    it('gets its content from a target that comes later in its layer', async () => {
      expect(await contents([[link('b', 'c'), link('c', 'a'), file('a', '1')]])).toEqual({
        a: '1',
        b: '= a',
        c: '= a',
      });
    });

    it('has the content of its target below its own layer, even if upper layers replace the target', async () => {
      const layers = [[file('a', '1')], [link('b', 'a')], [file('a', '2')], [link('c', 'a')]];
      expect(await contents(layers)).toEqual({ a: '2', b: '1', c: '= a' });
    });

    it('may lead to a symbolic link', async () => {
      expect(await contents([[symlink('a', 'x'), link('b', 'a')], [file('.wh.a', '')]])).toEqual({
        b: '-> x',
      });
    });

    it('may have its target in the metadata directory of AUFS', async () => {
      const lower = [
        file('.wh..wh.plnk/1.2', 'data'),
        link('a', '.wh..wh.plnk/1.2'),
        link('b', '.wh..wh.plnk/1.2'),
      ];
      expect(await contents([lower])).toEqual({ a: 'data', b: '= a' });
    });
  });

  it('M6: a directory replaces a link of a lower layer, and a link a directory', async () => {
    const lower = [directory('real'), symlink('l', 'real'), directory('d'), file('d/x', '1')];
    expect(await contents([lower, [file('l/y', '2'), symlink('d', 'real')]])).toEqual({
      real: '',
      'l/y': '2',
      d: '-> real',
    });
  });

  it('M8, M9: absolute and climbing symbolic links are kept, or refused on request', async () => {
    const layers = [[symlink('lib64', '/usr/lib64'), symlink('d/up', '../../etc')]];
    expect(await contents(layers)).toEqual({ lib64: '-> /usr/lib64', 'd/up': '-> ../../etc' });
    await expect(contents(layers, { climbingLinks: 'refuse' })).rejects.toBeInstanceOf(UnsafePathError);
    expect(await contents([[symlink('d/up', '../etc')]], { climbingLinks: 'refuse' })).toEqual({
      'd/up': '-> ../etc',
    });
  });

  it('M10, M11, M12: keeps devices, modes, attributes, unusual times and long or invalid names', async () => {
    const entries: LayerEntry[] = [
      { name: 'null', type: 'character-device', deviceMajor: 1, deviceMinor: 3, mode: 0o666 },
      { name: 'pipe', type: 'fifo' },
      file('su', 'x', { mode: 0o4755, pax: { 'SCHILY.xattr.security.capability': '\x01\x00\udcff' } }),
      file('early', 'x', { mtime: -1.5, pax: { mtime: '-1.5' } }),
      file('late', 'x', { mtime: 2 ** 34, uid: 2 ** 22 }),
      file(`long/${'n'.repeat(300)}`, 'x'),
      file('latin-\udce9', 'x'),
    ];
    const found = await unpackInMemory(mutate.extract(await layeredImage([entries])));
    for (const { name, body: _body, ...header } of entries)
      expect(found.get(name)!.header).toMatchObject(header);
  });

  it('M13: writes each path under one name, with a slash after directories', async () => {
    const image = await layeredImage([
      [directory('./'), file('./a', '1'), directory('b//c'), { name: '/d', type: 'directory' }],
      [file('a', '2')],
    ]);
    expect(await names(image)).toEqual(['a', './', 'b/c/', 'd/']);
  });

  it.each(['../x', 'a/../../x', '.wh...', 'd/.wh.'])('refuses an entry named %j', async (name) => {
    await expect(contents([[file(name, '')]])).rejects.toBeInstanceOf(UnsafePathError);
  });

  it('refuses a hard link that leads out of the root', async () => {
    await expect(contents([[link('a', '../etc/passwd')]])).rejects.toBeInstanceOf(UnsafePathError);
  });

  it('writes a path that a layer has twice in order, so that the last entry wins', async () => {
    const image = await layeredImage([[file('a', '1'), link('b', 'a'), file('a', '2'), link('c', 'b')]]);
    const found = await unpackInMemory(mutate.extract(image), { repeats: true });
    expect([...found].map(([path, { content, inode }]) => [path, content, inode])).toEqual([
      ['b', '1', 'b'],
      ['a', '2', 'a'],
      ['c', '1', 'b'],
    ]);
  });

  it('writes a directory that a layer has twice once, unless its metadata differ', async () => {
    const image = await layeredImage([
      [directory('a'), directory('a'), directory('b', { mode: 0o700 }), directory('b', { mode: 0o711 })],
    ]);
    expect(await names(image)).toEqual(['a/', 'b/', 'b/']);
  });

  it('gives the same bytes for the same image', async () => {
    const image = await layeredImage([
      [file('a', '1'), link('b', 'a')],
      [file('.wh.a', ''), file('c', '2')],
    ]);
    expect(await readAll(mutate.extract(image))).toEqual(await readAll(mutate.extract(image)));
  });

  it('caps the number of paths', async () => {
    const deep = file(`${'a/'.repeat(50)}x`, '');
    const error = await contents([[deep]], { maxEntries: 20 }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option: 'maxEntries' });
  });

  it('fails instead of ending if a layer does not match its digest, even after the end of its tar', async () => {
    const image = await layeredImage([[file('a', '1')]]);
    const [layer] = await image.layers();
    const bytes = await readAll(await layer!.uncompressed());
    const forged: Image = {
      ...image,
      layers: async () => [
        {
          ...layer!,
          uncompressed: async () =>
            verified(Readable.from([bytes, Buffer.alloc(512)], { objectMode: false }), {
              digest: sha256Of(bytes),
              subject: 'layer',
            }),
        },
      ],
    };
    await expect(readAll(mutate.extract(forged))).rejects.toBeInstanceOf(DigestMismatchError);
  });

  it('opens no layer before it is read', async () => {
    const image = await layeredImage([[file('a', '1')]]);
    let options = 0;
    const watched: Image = {
      ...image,
      layers: async (o) => {
        options += 1;
        return image.layers(o);
      },
    };
    const stream = mutate.extract(watched);
    stream.destroy();
    expect(options).toBe(0);
    await readAll(mutate.extract(watched));
    expect(options).toBe(1);
  });

  it('releases everything when it is destroyed early or aborted', async () => {
    const big = file('big', 'x'.repeat(6 * 1024 * 1024));
    const image = await layeredImage([[big], [big, file('a', '1')], [file('top', '2')]]);
    const opened: Readable[] = [];
    const watched: Image = {
      ...image,
      layers: async (o) =>
        (await image.layers(o)).map((layer) => ({
          ...layer,
          uncompressed: async (options) => {
            const stream = await layer.uncompressed(options);
            opened.push(stream);
            return stream;
          },
        })),
    };
    const before = openDescriptors();
    for await (const _chunk of mutate.extract(watched)) break;
    const controller = new AbortController();
    const aborted = mutate.extract(watched, { signal: controller.signal });
    await expect(
      (async () => {
        for await (const _chunk of aborted) controller.abort(new Error('enough'));
      })(),
    ).rejects.toThrow('enough');
    expect(opened.length).toBeGreaterThan(0);
    expect(await eventually(() => opened.every(({ destroyed }) => destroyed))).toBe(true);
    expect(await eventually(() => openDescriptors() <= before)).toBe(true);
  });
});
