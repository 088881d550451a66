import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { crane, empty, mutate, name, remote, type v1 } from 'containerregistry';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { verified } from '../../src/internal/streams/verify.js';
import { gantry } from '../support/programs/gantry.js';
import { diskTree } from '../support/archives/disk-tree.js';
import { fc } from '../support/tools/fast-check.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { file, directory, layeredImage, link, symlink } from '../support/images/layered-image.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

const stack: readonly (readonly LayerEntry[])[] = [
  [directory('d'), file('d/old', '1'), file('d/both', '2'), file('gone', '3'), link('kept', 'gone')],
  [file('.wh.gone', ''), directory('d', { mode: 0o700 }), file('d/.wh.old', ''), symlink('lib', 'd')],
  [file('lib/x', '4'), file('d/both', '5'), { name: 'null', type: 'character-device' }],
];

describe('exportTo', () => {
  it('writes the files that a container would see', async () => {
    const totals = await crane.exportTo(await layeredImage(stack), temp.path('root'));
    expect(await diskTree(temp.path('root'))).toEqual({
      d: '/',
      'd/both': '5',
      kept: '3',
      lib: '/',
      'lib/x': '4',
    });
    expect(statSync(temp.path('root/d')).mode & 0o777).toBe(0o700);
    expect(totals).toMatchObject({ files: 3, skipped: 1, bytes: 3 });
  });

  it('accepts a reference, and the platform of an image in an index', async () => {
    const registry = await startRegistry();
    try {
      const reference = `${registry.host}/app:v1`;
      const image = await layeredImage([[file('arch', 'arm64')]]);
      const platform = { os: 'linux', architecture: 'arm64' };
      const index = mutate.appendManifests(empty.index, [{ add: image, descriptor: { platform } }]);
      await remote.writeIndex(name.newTag(reference), index);
      await crane.exportTo(reference, temp.path('root'), { platform: 'linux/arm64' });
      expect(await diskTree(temp.path('root'))).toEqual({ arch: 'arm64' });
      await expect(crane.exportTo(reference, temp.path('other'))).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(existsSync(temp.path('other'))).toBe(false);
    } finally {
      await registry.close();
    }
  });

  it('B13: keeps names that are not UTF-8 from the layer to the disk, flattened or not', async () => {
    const layers = [
      [
        directory('d\udcff'),
        file('d\udcff/caf\udce9', '1'),
        link('h\udc80', 'd\udcff/caf\udce9'),
        file('gone\udcfe', ''),
      ],
      [file('.wh.gone\udcfe', ''), symlink('s', 'to\udcfd')],
    ];
    const image = await layeredImage(layers);
    await crane.exportTo(image, temp.path('layers'));
    await crane.exportTo(mutate.flatten(image), temp.path('flat'));
    for (const root of ['layers', 'flat']) {
      const at = (path: string): Buffer =>
        Buffer.concat([Buffer.from(`${temp.path(root)}/`), Buffer.from(path, 'latin1')]);
      expect(readdirSync(temp.path(root), { encoding: 'latin1' }).sort()).toEqual(['d\xff', 'h\x80', 's']);
      expect(readFileSync(at('d\xff/caf\xe9'), 'utf8')).toBe('1');
      expect(statSync(at('h\x80')).ino).toBe(statSync(at('d\xff/caf\xe9')).ino);
      expect(readlinkSync(at('s'), 'latin1')).toBe('to\xfd');
    }
  });

  it('L7: leaves no file of an image if a layer does not match its digest', async () => {
    const image = await layeredImage([[file('a', 'x'.repeat(400_000))]]);
    const [layer] = await image.layers();
    const bytes = await readAll(await layer!.uncompressed());
    const broken: v1.Image = {
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
    await expect(crane.exportTo(broken, temp.path('root'))).rejects.toBeInstanceOf(DigestMismatchError);
    expect(readdirSync(temp.path())).toEqual([]);
  });
});

describe('extractLayerTo', () => {
  const unpackAll = async (layers: readonly (readonly LayerEntry[])[], to: string): Promise<void> => {
    const image = await layeredImage(layers);
    for (const layer of await image.layers()) await mutate.extractLayerTo(layer, to);
  };

  it('M1, M2: applies whiteouts to the files of lower layers', async () => {
    await unpackAll(stack, temp.path('root'));
    expect(await diskTree(temp.path('root'))).toEqual({
      d: '/',
      'd/both': '5',
      kept: '3',
      lib: '/',
      'lib/x': '4',
    });
  });

  it('M6: neither removes nor writes anything through a link', async () => {
    mkdirSync(temp.path('outside'));
    writeFileSync(temp.path('outside/x'), 'alive');
    mkdirSync(temp.path('root'));
    for (const name of ['a', 'b', 'c']) symlinkSync(temp.path('outside'), temp.path('root', name));
    const upper = [file('a/.wh.x', ''), file('b/.wh..wh..opq', ''), file('c/x', 'changed')];
    await unpackAll([upper], temp.path('root'));
    expect(await diskTree(temp.path('outside'))).toEqual({ x: 'alive' });
    expect(await diskTree(temp.path('root'))).toMatchObject({ c: '/', 'c/x': 'changed' });
    await expect(unpackAll([[symlink('n', 'c'), file('n/x', '')]], temp.path('root'))).rejects.toMatchObject({
      code: 'UNSAFE_PATH',
    });
  });

  it('M7: refuses whiteouts with a path that climbs', async () => {
    for (const name of ['../.wh.x', '.wh...', 'a/../../.wh..wh..opq']) {
      await expect(unpackAll([[file(name, '')]], temp.path('root'))).rejects.toMatchObject({
        code: 'UNSAFE_PATH',
      });
    }
  });

  it('M1, M2, M3: layer by layer, writes the same files as exportTo does at once', async () => {
    const parts = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    const path = parts.map((each) => each.join('/'));
    const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(path, fc.nat(9)).map(([at, body]) => file(at, `${body}`)) },
      { weight: 3, arbitrary: path.map((at) => directory(at)) },
      { weight: 1, arbitrary: path.map((at) => symlink(at, '../b')) },
      { weight: 3, arbitrary: path.map((at) => file(at.replace(/([^/]+)$/, '.wh.$1'), '')) },
      { weight: 1, arbitrary: path.map((at) => file(`${at}/.wh..wh..opq`, '')) },
    );
    const layers = fc.array(fc.array(entry, { minLength: 1, maxLength: 6 }).map(consistent), {
      minLength: 2,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(layers, async (each) => {
        for (const made of ['once', 'layers']) rmSync(temp.path(made), { recursive: true, force: true });
        await crane.exportTo(await layeredImage(each), temp.path('once'));
        await unpackAll(each, temp.path('layers'));
        expect(await diskTree(temp.path('layers'))).toEqual(await diskTree(temp.path('once')));
      }),
      { numRuns: 40 },
    );
  });
});

/** Drops entries whose parent is not a directory of the same layer, and adds entries for all directories. */
function consistent(entries: readonly LayerEntry[]): readonly LayerEntry[] {
  const files = entries.filter(({ name: at, type }) => type !== 'directory' && !at.includes('.wh.'));
  const taken = new Set(files.map(({ name: at }) => at));
  const parentsOf = (at: string): readonly string[] =>
    at.split('/').flatMap((_, depth, parts) => (depth === 0 ? [] : parts.slice(0, depth).join('/')));
  const kept = entries.filter(
    ({ name: at, type }) =>
      !parentsOf(at).some((above) => taken.has(above)) &&
      (type !== 'directory' || !taken.has(at.slice(0, -1))),
  );
  const above = kept.flatMap(({ name: at }) => (at.includes('.wh.') ? [] : parentsOf(at)));
  return [...[...new Set(above)].sort().map((at) => directory(at)), ...kept];
}

describe('gantry export --to', () => {
  it('unpacks an image, and reports on stderr which files it could not create', async () => {
    const registry = await startRegistry();
    try {
      const reference = `${registry.host}/app:v1`;
      await crane.push(await layeredImage([...stack, [file('su', '', { mode: 0o4755 })]]), reference);
      const found = await gantry(['export', reference, '--to', temp.path('root'), '--no-keep-owners']);
      expect(found).toMatchObject({ code: 0, stdout: '' });
      expect(found.stderr).toContain('skipped "null": a character-device cannot be made here');
      expect(found.stderr).toContain('1 files lost their set-user or set-group bit; see --keep-privileges');
      expect(await diskTree(temp.path('root'))).toMatchObject({ 'lib/x': '4', su: '' });

      const again = await gantry(['export', reference, '--to', temp.path('root')]);
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('directory not empty');
      const merged = await gantry([
        'export',
        reference,
        '--to',
        temp.path('root'),
        '--merge',
        '--keep-privileges',
      ]);
      expect(merged.code).toBe(0);
      expect(statSync(temp.path('root/su')).mode & 0o7777).toBe(0o4755);
    } finally {
      await registry.close();
    }
  });

  it('reads an archive from stdin', async () => {
    await crane.save(await layeredImage([[file('a', '1')]]), 'app:v1', temp.path('app.tar'));
    const stdin = readFileSync(temp.path('app.tar'));
    expect(await gantry(['export', '-', '--to', temp.path('root')], { stdin })).toMatchObject({ code: 0 });
    expect(await diskTree(temp.path('root'))).toEqual({ a: '1' });
  });

  it('is refused together with a tarball, and its flags are refused without it', async () => {
    expect(await gantry(['export', 'a', 'b.tar', '--to', 'c'])).toMatchObject({ code: 2 });
    expect(await gantry(['export', 'a', 'b.tar', '--merge'])).toMatchObject({ code: 2 });
  });
});
