import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { artifact, crane, empty, layout, mutate, remote, name, v1 } from 'containerregistry';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const at = (reference: string): string => `${registry.host}/${reference}`;
const TITLE = 'org.opencontainers.image.title';

describe('artifact.push', () => {
  it('takes paths, text, bytes and every kind of stream, and returns what was pushed', async () => {
    await writeFile(temp.path('on-disk'), 'disk');
    const pushed = await artifact.push(at('a:v1'), {
      type: 'application/vnd.test',
      files: [
        temp.path('on-disk'),
        { content: 'text', title: 'text', mediaType: 'text/plain;charset=utf-8' },
        { content: new Uint8Array([1, 2]), title: 'bytes', annotations: { k: 'v' } },
        { content: Readable.from(['no', 'de']), title: 'node' },
        { content: new Blob(['web']).stream(), title: 'web' },
        {
          content: (async function* () {
            yield 'gen';
            yield Buffer.from('erated');
          })(),
          title: 'generator',
        },
        { content: 'no title' },
      ],
    });
    expect(pushed).toEqual({
      reference: at(`a@${pushed.digest}`),
      digest: await crane.digest(at('a:v1')),
      mediaType: v1.types.ociManifestSchema1,
      size: (await crane.manifest(at('a:v1'))).byteLength,
    });
    const { files, ...pulled } = await artifact.pull(at('a:v1'));
    expect(files.map(({ title, content }) => [title, Buffer.from(content).toString('latin1')])).toEqual([
      ['on-disk', 'disk'],
      ['text', 'text'],
      ['bytes', '\u0001\u0002'],
      ['node', 'node'],
      ['web', 'web'],
      ['generator', 'generated'],
      [undefined, 'no title'],
    ]);
    expect(files[1]).toMatchObject({ mediaType: 'text/plain;charset=utf-8', size: 4 });
    expect(files[2]!.annotations).toEqual({ [TITLE]: 'bytes', k: 'v' });
    expect(pulled).toMatchObject({ digest: pushed.digest, size: pushed.size, type: 'application/vnd.test' });
    expect(pulled.config).toMatchObject({ mediaType: 'application/vnd.oci.empty.v1+json', size: 2 });
    expect(Date.parse(pulled.annotations['org.opencontainers.image.created']!)).toBeGreaterThan(0);
  });

  it('sends no blob that the registry has, and nothing if the artifact exists', async () => {
    const content = { type: 'a/b', annotations: { 'org.opencontainers.image.created': 'x' } };
    await artifact.push(at('a:v1'), { ...content, files: [{ content: 'one' }] });
    const before = registry.requests.length;
    await artifact.push(at('a:v2'), { ...content, files: [{ content: 'one' }, { content: 'two' }] });
    const second = registry.requests.slice(before).filter(({ method }) => method === 'PUT');
    expect(second.filter(({ url }) => url.includes('/blobs/'))).toHaveLength(1);
    const after = registry.requests.length;
    await artifact.push(at('a:v2'), { ...content, files: [{ content: 'one' }, { content: 'two' }] });
    expect(registry.requests.slice(after).filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('takes the last part of a path that is absolute or leads upwards as the title', async () => {
    await mkdir(temp.path('d/e'), { recursive: true });
    await writeFile(temp.path('d/file'), 'f');
    const titles = async (...files: readonly artifact.ArtifactFile[]): Promise<unknown> => {
      const image = await artifact.create({ type: 'a/b', files });
      return (await image.manifest()).layers.map(({ annotations }) => annotations?.[TITLE]);
    };
    expect(await titles(temp.path('d/file'), temp.path('d/e/'))).toEqual(['file', 'e']);
    expect(await titles('./package.json', 'docs//../README.md')).toEqual(['package.json', 'README.md']);
    expect(await titles('docs/')).toEqual(['docs']);
    expect(await titles({ path: temp.path('d/e/../file'), title: 'x/y' })).toEqual(['x/y']);
  });

  it('writes to a layout and to an archive, and refuses locations that cannot hold artifacts', async () => {
    const definition = { type: 'a/b', files: [{ content: 'x', title: 'x' }] };
    const oci = { kind: 'oci', path: temp.path('layout'), tag: 'v1' } as const;
    const archive = { kind: 'oci-archive', path: temp.path('a.tar') } as const;
    for (const location of [oci, archive]) {
      await artifact.push(location, definition);
      expect((await artifact.pull(location)).files.map(({ title }) => title)).toEqual(['x']);
    }
    const daemon = { kind: 'docker-daemon', reference: 'a:v1' } as const;
    const file = { kind: 'path', path: temp.path('b.tar') } as const;
    for (const location of [daemon, file]) {
      const content = new PassThrough();
      await expect(artifact.push(location, { files: [{ content }] })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        hint: expect.stringContaining('oci:DIR') as unknown,
      });
      expect(content.destroyed).toBe(true);
    }
    expect((await readdir(temp.path())).sort()).toEqual(['a.tar', 'layout']);
  });

  it.each<[string, unknown]>([
    ['type must be a media type', { type: 'no media type' }],
    ['type must be a media type', { type: 'a/b; c=d' }],
    ['annotations must be an object', { annotations: { a: 1 } }],
    ['files[1] must be an object with either', { files: ['package.json', {}] }],
    ['files[0] must be an object with either', { files: [{ path: 'x', content: 'y' }] }],
    ['files[0].content must be a string', { files: [{ content: 5 }] }],
    ['files[0].mediaType must be', { files: [{ content: '', mediaType: 'text' }] }],
    ['files[0].annotations must be', { files: [{ content: '', annotations: null }] }],
    ['files[1] and files[0] have the same title', { files: ['README.md', './README.md'] }],
    ['config must be an object with either', { config: {} }],
    ['subject must be a descriptor', { subject: { digest: 'sha256:1' } }],
  ])('throws a TypeError that names the argument: %s', async (message, definition) => {
    await expect(artifact.create(definition as artifact.ArtifactDefinition)).rejects.toThrow(
      new RegExp(`^${message.replaceAll(/[[\]]/g, '\\$&')}`),
    );
  });

  it.each(['../up', '/etc/passwd', 'a/../../b', '', 'a\0b', 'C:\\x', '..'])(
    'refuses the title %j, which no pull would write',
    async (title) => {
      await expect(artifact.create({ files: [{ content: '', title }] })).rejects.toMatchObject({
        code: 'UNSAFE_PATH',
      });
    },
  );

  it('destroys all streams if a definition is wrong, a file is missing or the call is aborted', async () => {
    const aborted = AbortSignal.abort(new Error('stop'));
    const wrong: [artifact.ArtifactDefinition, artifact.PushOptions][] = [
      [{ type: 'wrong' }, {}],
      [{ files: [temp.path('missing')] }, {}],
      [{ type: 'a/b' }, { signal: aborted }],
    ];
    for (const [definition, options] of wrong) {
      const streams = [new PassThrough(), new PassThrough()] as const;
      const [first, second] = streams;
      const files = [{ content: first }, ...(definition.files ?? [])];
      const config = { content: second };
      await expect(artifact.push(at('a:v1'), { ...definition, files, config }, options)).rejects.toThrow();
      await setImmediate();
      expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    }
  });

  it('rejects with the error of a stream, and destroys the others', async () => {
    const broken = Readable.from(
      (async function* () {
        yield 'x';
        throw new Error('broken stream');
      })(),
    );
    const waiting = new PassThrough();
    await expect(
      artifact.push(at('a:v1'), { files: [{ content: broken }, { content: waiting }] }),
    ).rejects.toThrow('broken stream');
    expect(waiting.destroyed).toBe(true);
    await expect(artifact.create({ files: [{ content: Readable.from([{ a: 1 }]) }] })).rejects.toThrow(
      'files[0].content must be a stream of bytes or text',
    );
  });

  it('an abort ends a push that waits for a stream', async () => {
    const controller = new AbortController();
    const waiting = new PassThrough();
    const pushing = artifact.push(at('a:v1'), { files: [{ content: waiting }] }, controller);
    controller.abort(new Error('stop'));
    await expect(pushing).rejects.toThrow('stop');
    expect(waiting.destroyed).toBe(true);
  });

  it('limits the config, which is held in memory', async () => {
    const definition = { config: { content: Readable.from(['12345']) } };
    await expect(artifact.create(definition, { maxConfigBytes: 4 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      option: 'maxConfigBytes',
    });
  });

  it('fails if a file changes between its digest and the upload', async () => {
    await writeFile(temp.path('f'), 'before');
    const image = await artifact.create({ files: [temp.path('f')] });
    await image.digest();
    await writeFile(temp.path('f'), 'after it');
    await expect(crane.push(image, at('a:v1'))).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await expect(crane.digest(at('a:v1'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses a config that is a directory, and a path that is neither a file nor a directory', async () => {
    await expect(artifact.create({ config: { path: temp.path() } })).rejects.toThrow('not of a directory');
    await expect(artifact.create({ files: ['/dev/null'] })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(artifact.create({ files: [temp.path('none')] })).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      systemCode: 'ENOENT',
    });
  });
});

describe('artifact.create', () => {
  it('makes an image that a layout, an index and a copy take', async () => {
    const image = await artifact.create({
      type: 'application/vnd.test',
      files: [{ content: Readable.from(['streamed']), title: 'f' }],
    });
    const path = await layout.write(temp.path('layout'), empty.index);
    await path.appendImage(image);
    expect(await (await path.image(await image.digest())).rawManifest()).toEqual(await image.rawManifest());

    const index = mutate.appendManifests(empty.index, [{ add: image }]);
    await crane.push(index, at('index:v1'));
    const { manifests } = await (await remote.index(name.newTag(at('index:v1')))).indexManifest();
    expect(manifests).toMatchObject([{ artifactType: 'application/vnd.test', digest: await image.digest() }]);
    await crane.copy(at('index:v1'), at('copy:v1'));
    const [child] = manifests;
    const { files } = await artifact.pull(at(`copy@${child!.digest}`));
    expect(Buffer.from(files[0]!.content).toString()).toBe('streamed');
    expect(await readFile(temp.path('layout/oci-layout'), 'utf8')).toContain('imageLayoutVersion');
  });

  it('packs a directory reproducibly, with links', async () => {
    const packed = [];
    for (const directory of ['one', 'two']) {
      await mkdir(temp.path(directory, 'sub'), { recursive: true });
      await writeFile(temp.path(directory, 'sub/f'), 'f');
      await symlink('sub/f', temp.path(directory, 'link'));
      const image = await artifact.create({ files: [{ path: temp.path(directory), title: 'd' }] });
      packed.push((await image.manifest()).layers);
    }
    expect(packed[0]).toEqual(packed[1]);
    expect(packed[0]![0]!.annotations).toMatchObject({ 'io.deis.oras.content.unpack': 'true' });
  });
});
