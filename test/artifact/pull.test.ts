import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { artifact, crane, partial, type v1 } from 'containerregistry';
import { type RawArtifact, rawArtifact } from '../support/images/raw-artifact.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { type LayerEntry, layerTar } from '../support/archives/layer-tar.js';

const temp = useTempDir();
const registry = useRegistry();
const at = (reference: string): string => `${registry.host}/${reference}`;
const out = (...parts: readonly string[]): string => temp.path('out', ...parts);
const namesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true })).sort();

const UNPACK = { 'io.deis.oras.content.unpack': 'true' };

describe('artifact.pull into a directory', () => {
  it('writes titled files below the directory, and lists those without a title', async () => {
    const image = rawArtifact({
      type: 'a/b',
      layers: [
        { content: 'one', title: 'one.txt' },
        { content: 'two', title: './deep//er/two.txt' },
        { content: 'signature' },
        { content: '', title: 'empty' },
      ],
    });
    await crane.push(image, at('a:v1'));
    const { files, ...pulled } = await artifact.pull(at('a:v1'), out());
    expect(files.map((file) => file.path)).toEqual([
      out('one.txt'),
      out('deep/er/two.txt'),
      undefined,
      out('empty'),
    ]);
    expect(pulled).toMatchObject({ type: 'a/b', digest: await image.digest(), annotations: {} });
    expect(pulled.manifest.layers).toHaveLength(4);
    expect(await namesIn(out())).toEqual(['deep', 'deep/er', 'deep/er/two.txt', 'empty', 'one.txt']);
    expect(await readFile(out('deep/er/two.txt'), 'utf8')).toBe('two');
  });

  it.each<[string, RawArtifact['layers']]>([
    ['a title that leads upwards', [{ content: 'x', title: '../escaped' }]],
    ['a title that leads upwards later', [{ content: 'x', title: 'a/b/../../../escaped' }]],
    ['an absolute title', [{ content: 'x', title: path.resolve('/tmp/escaped') }]],
    ['a drive of Windows', [{ content: 'x', title: 'C:\\escaped' }]],
    ['a share of Windows', [{ content: 'x', title: '\\\\server\\share' }]],
    ['an empty title', [{ content: 'x', title: '' }]],
    ['the directory itself', [{ content: 'x', title: '.' }]],
    ['a zero byte', [{ content: 'x', title: 'a\0b' }]],
    [
      'one name for two files',
      [
        { content: 'x', title: 'a' },
        { content: 'y', title: './a' },
      ],
    ],
    [
      'names that differ in case only',
      [
        { content: 'x', title: 'Readme' },
        { content: 'y', title: 'README' },
      ],
    ],
    [
      'a file below a file',
      [
        { content: 'x', title: 'a' },
        { content: 'y', title: 'a/b' },
      ],
    ],
  ])('refuses %s and writes nothing', async (_title, layers = []) => {
    const image = rawArtifact({ layers: [{ content: 'good', title: 'good' }, ...layers] });
    await expect(artifact.pull(image, out())).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    expect(await namesIn(temp.path())).toEqual([]);
  });

  it('writes one file for a title that is listed twice with the same content', async () => {
    const blob = { content: 'x', title: 'a' };
    await artifact.pull(rawArtifact({ layers: [blob, blob] }), out());
    expect(await namesIn(out())).toEqual(['a']);
  });

  it('never writes through a symbolic link, and replaces a link that has the name of a file', async () => {
    await mkdir(temp.path('outside'));
    await mkdir(out());
    await symlink(temp.path('outside'), out('link'));
    await writeFile(temp.path('outside/kept'), 'kept');
    await symlink(temp.path('outside/kept'), out('name'));
    const through = rawArtifact({ layers: [{ content: 'x', title: 'link/file' }] });
    await expect(artifact.pull(through, out())).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    const packed = await packedAs('link', { link: '', 'link/file': 'x' });
    await expect(artifact.pull(packed, out())).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    await artifact.pull(rawArtifact({ layers: [{ content: 'new', title: 'name' }] }), out());
    expect((await lstat(out('name'))).isFile()).toBe(true);
    expect(await namesIn(temp.path('outside'))).toEqual(['kept']);
    expect(await readFile(temp.path('outside/kept'), 'utf8')).toBe('kept');
  });

  it('follows a link that the caller names as the directory', async () => {
    await mkdir(temp.path('real'));
    await symlink(temp.path('real'), out());
    await artifact.pull(rawArtifact({ layers: [{ content: 'x', title: 'a' }] }), out());
    expect(await namesIn(temp.path('real'))).toEqual(['a']);
  });

  it.each<[string, RawArtifact, string]>([
    ['more bytes than the manifest says', lying({ size: 2 }), 'SIZE_MISMATCH'],
    ['fewer bytes than the manifest says', lying({ size: 9 }), 'SIZE_MISMATCH'],
    ['other bytes than the manifest says', lying({ digestOf: 'bad' }), 'DIGEST_MISMATCH'],
  ])('leaves nothing if a blob has %s', async (_title, raw, code) => {
    await mkdir(out());
    await writeFile(out('first'), 'old');
    await expect(artifact.pull(rawArtifact(raw), out())).rejects.toMatchObject({ code });
    await expect(artifact.pull(rawArtifact(raw))).rejects.toMatchObject({ code });
    expect(await namesIn(out())).toEqual(['first']);
    expect(await readFile(out('first'), 'utf8')).toBe('old');
  });

  it('replaces existing files, and keeps them with overwrite: false', async () => {
    const image = rawArtifact({
      layers: [
        { content: 'new', title: 'old' },
        { content: 'x', title: 'other' },
      ],
    });
    await mkdir(out());
    await writeFile(out('old'), 'kept');
    await expect(artifact.pull(image, out(), { overwrite: false })).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      systemCode: 'EEXIST',
    });
    expect(await namesIn(out())).toEqual(['old']);
    expect(await readFile(out('old'), 'utf8')).toBe('kept');
    await artifact.pull(image, out());
    expect(await readFile(out('old'), 'utf8')).toBe('new');
    const directory = rawArtifact({ layers: [{ content: 'x', title: 'sub' }] });
    await mkdir(out('sub'));
    await expect(artifact.pull(directory, out())).rejects.toMatchObject({ systemCode: 'EISDIR' });
  });

  it('leaves nothing after an abort while a blob is downloaded', async () => {
    const controller = new AbortController();
    const base = rawArtifact({
      layers: [
        { content: 'done', title: 'a/done' },
        { content: 'waits', title: 'b/waits' },
      ],
    });
    const waiting = (await base.manifest()).layers[1]!;
    const stuck = withBlob(base, waiting.digest, () => {
      setImmediate(() => {
        controller.abort(new Error('stop'));
      });
      return new Readable({ read: () => undefined });
    });
    await expect(artifact.pull(stuck, out(), controller)).rejects.toThrow('stop');
    expect(await namesIn(out())).toEqual([]);
  });

  it('limits the bytes that the manifest states before it downloads', async () => {
    const image = rawArtifact({ layers: [{ content: '12345', title: 'a' }] });
    for (const target of ['memory', out()]) {
      await expect(artifact.pull(image, target, { maxBytes: 4 })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        option: 'maxBytes',
      });
    }
    expect((await artifact.pull(image, 'memory', { maxBytes: 5 })).files[0]?.content).toHaveLength(5);
  });

  it('throws a TypeError for a target that is not a path', async () => {
    await expect(artifact.pull(rawArtifact({}), '')).rejects.toThrow(TypeError);
    await expect(artifact.pull(rawArtifact({}), 5 as unknown as string)).rejects.toThrow(TypeError);
  });
});

describe('a packed directory', () => {
  it('is unpacked, and a file of the artifact may lie in it', async () => {
    const image = await packedAs('d', { d: '', 'd/a': 'a', 'd/sub/b': 'b' }, [
      { content: 'own', title: 'd/sub/b' },
    ]);
    await artifact.pull(image, out());
    expect(await namesIn(out())).toEqual(['d', 'd/a', 'd/sub', 'd/sub/b']);
    expect(await readFile(out('d/sub/b'), 'utf8')).toBe('own');
    await artifact.pull(image, out());
    await expect(artifact.pull(image, out(), { overwrite: false })).rejects.toMatchObject({
      systemCode: 'EEXIST',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['an entry beside it', { d: '', other: 'x' }],
    ['an entry that leads upwards', { 'd/../../x': 'x' }],
    ['an absolute entry', { '/d/x': 'x' }],
    ['a link to an absolute path', { 'd/link': '-> /etc/passwd' }],
    ['a link that leads upwards', { 'd/sub/link': '-> ../../x' }],
    ['a hard link to something outside', { 'd/hard': '=> other/file' }],
  ])('with %s is refused before anything is written', async (_title, entries) => {
    const image = await packedAs('d', { 'd/first': 'x', ...entries });
    await mkdir(out());
    await expect(artifact.pull(image, out())).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    expect(await namesIn(out())).toEqual([]);
  });

  it('has to have the digest that its annotation names', async () => {
    const wrong = { 'io.deis.oras.content.digest': `sha256:${'0'.repeat(64)}` };
    const image = await packedAs('d', { 'd/a': 'a' }, [], wrong);
    await expect(artifact.pull(image, out())).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const none = await packedAs('d', { 'd/a': 'a' }, [], { 'io.deis.oras.content.digest': 'none' });
    await expect(artifact.pull(none, out())).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    expect(await namesIn(out())).toEqual([]);
  });

  it('that decompresses to more than maxBytes is refused', async () => {
    const image = await packedAs('d', { 'd/zeros': '0'.repeat(1024 ** 2) });
    await expect(artifact.pull(image, out(), { maxBytes: 500_000 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      option: 'maxBytes',
    });
    expect(await namesIn(out())).toEqual([]);
  });

  it('is given as it is in memory', async () => {
    const image = await packedAs('d', { 'd/a': 'a' });
    const { files } = await artifact.pull(image);
    expect(files[0]).toMatchObject({ title: 'd', annotations: UNPACK });
    expect(files[0]!.content.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });
});

function lying(wrong: { readonly size?: number; readonly digestOf?: string }): RawArtifact {
  return {
    layers: [
      { content: 'first', title: 'first' },
      { content: 'bytes', title: 'second', ...wrong },
    ],
  };
}

/** An artifact with a packed directory. Content that begins with an arrow is a link. */
async function packedAs(
  title: string,
  entries: Readonly<Record<string, string>>,
  others: RawArtifact['layers'] = [],
  annotations: Readonly<Record<string, string>> = {},
): Promise<v1.Image> {
  const tar = await layerTar(Object.entries(entries).map(([name, content]) => entryOf(name, content)));
  const packed = { content: gzipSync(tar), title, annotations: { ...UNPACK, ...annotations } };
  return rawArtifact({ layers: [packed, ...others] });
}

function entryOf(name: string, content: string): LayerEntry {
  const [, arrow, linkName = ''] = /^([-=])> (.*)$/.exec(content) ?? [];
  if (arrow !== undefined) return { name, type: arrow === '-' ? 'symlink' : 'link', mode: 0o777, linkName };
  return content === '' ? { name, type: 'directory', mode: 0o755 } : { name, mode: 0o644, body: content };
}

/** An image in which one blob has another stream. */
function withBlob(image: v1.Image, digest: v1.Hash, open: () => Readable): v1.Image {
  return {
    ...image,
    layerByDigest: async (wanted, options) => {
      const layer = await image.layerByDigest(wanted, options);
      if (wanted !== digest) return layer;
      return partial.compressedToLayer({
        digest: async () => digest,
        size: async () => layer.size(),
        mediaType: async () => layer.mediaType(),
        compressed: async () => open(),
      });
    },
  };
}
