import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, mutate, name, partial, random, remote, type v1 } from 'containerregistry';
import { kinds, requestsOf } from '../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { useClosing } from '../support/tools/closing.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();
let registry: StartedRegistry;
let app: string;
let image: v1.Image;

beforeEach(async () => {
  registry = await closing(startRegistry());
  app = `${registry.host}/app`;
  image = crane.image({ 'etc/motd': 'grüße\n', 'bin/tool': Buffer.from([0, 255]) });
});

/** What a verb must resolve to after it wrote an image under a name. */
async function resultFor(content: v1.Image | v1.ImageIndex, reference: string): Promise<crane.Pushed> {
  const digest = await content.digest();
  return { reference, digest, mediaType: await content.mediaType(), size: await content.size() };
}

describe('what writes', () => {
  it('resolves to where the result is, in a registry', async () => {
    const digest = await image.digest();
    const pushed = await resultFor(image, `${app}@${digest}`);
    expect(await crane.push(image, `${app}:v1`)).toEqual(pushed);
    expect(await crane.push(image, [`${app}:v2`, `${app}:v3`])).toEqual([pushed, pushed]);
    expect(await crane.tag(`${app}:v1`, 'v4')).toEqual(pushed);
    const copied = { ...pushed, reference: `${registry.host}/b@${digest}` };
    expect(await crane.copy(`${app}:v1`, `${registry.host}/b:v1`)).toEqual(copied);
    expect(await crane.copyRepository(app, `${registry.host}/b`)).toEqual(Array(4).fill(copied));
    const [layer] = await image.layers();
    expect(await crane.upload(layer!, `${registry.host}/c`)).toEqual({
      reference: `${registry.host}/c@${await layer!.digest()}`,
      digest: await layer!.digest(),
      mediaType: await layer!.mediaType(),
      size: await layer!.size(),
    });
  });

  it('resolves to where the result is, on the disk', async () => {
    const digest = await image.digest();
    await crane.push(image, `${app}:v1`);
    const file = temp.path('a.tar');
    const archived = await resultFor(image, `docker-archive:${file}:${app}:v1`);
    expect(await crane.save(image, `${app}:v1`, file)).toEqual(archived);
    expect(await crane.multiSave({ [`${app}:v1`]: image }, file)).toEqual([archived]);
    expect(await crane.pullTo([`${app}:v1`], file)).toEqual([archived]);
    const directory = temp.path('layout');
    const stored = await resultFor(image, `oci:${directory}@${digest}`);
    expect(await crane.saveOci(image, directory)).toEqual(stored);
    expect(await crane.multiSaveOci([image], directory)).toEqual([stored]);
    expect(await crane.pullTo([`${app}:v1`], directory, { format: 'oci' })).toEqual([stored]);
    expect(await crane.tag({ kind: 'oci', path: directory, digest }, 'v9')).toEqual(stored);
    for (const { reference } of [archived, stored])
      expect(await crane.digest(crane.parseLocation(reference))).toBe(digest);
  });
});

describe('what reads', () => {
  const forms: readonly (readonly [string, () => Promise<crane.ImageSource>])[] = [
    ['an image', async () => image],
    ['a reference', async () => (await crane.push(image, `${app}:v1`)).reference],
    [
      'a location',
      async () => crane.parseLocation((await crane.saveOci(image, temp.path('source'))).reference),
    ],
  ];

  it.each(forms)('takes %s', async (_form, sourceOf) => {
    const source = await sourceOf();
    const digest = await image.digest();
    expect(await crane.digest(source)).toBe(digest);
    expect(Buffer.from(await crane.manifest(source))).toEqual(Buffer.from(await image.rawManifest()));
    expect(Buffer.from(await crane.config(source))).toEqual(Buffer.from(await image.rawConfigFile()));
    expect(await crane.size(source)).toBe(await partial.imageSize(image));
    await crane.validate(source);
    await crane.export(source, temp.path('fs.tar'));
    expect(await crane.exportTo(source, temp.path('fs'))).toMatchObject({ files: 2 });
    expect((await crane.push(source, `${registry.host}/pushed:v1`)).digest).toBe(digest);
    expect((await crane.save(source, 'app:v1', temp.path('x.tar'))).digest).toBe(digest);
    const appended = await crane.append(source, [crane.layer({ more: 'more' })]);
    expect(await appended.layers()).toHaveLength(2);
    const target = `${registry.host}/flat:v1`;
    expect(await crane.flatten(source, { tag: target })).toMatchObject({
      reference: expect.stringContaining('/flat@sha256:'),
    });
    const rebased = await crane.rebase(source, { oldBase: 'scratch', newBase: target, tag: target });
    expect(rebased.changed).toBe(true);
  });

  it('writes strings as UTF-8', async () => {
    const [layer] = await crane.image({ a: 'grüße' }).layers();
    const [bytes] = await crane.image({ a: Buffer.from('grüße') }).layers();
    expect(await layer!.digest()).toBe(await bytes!.digest());
  });
});

describe('imageSize', () => {
  it('counts manifest, config and layers', async () => {
    const [layer] = await image.layers();
    const config = await image.rawConfigFile();
    const total = (await image.size()) + config.byteLength + (await layer!.size());
    expect(await partial.imageSize(image)).toBe(total);
  });

  it('counts content that an index shares once, in a registry without reading a blob', async () => {
    const other = mutate.config(image, { User: 'other' });
    const inner = mutate.appendManifests(empty.index, [{ add: image }, { add: other }]);
    const outer = mutate.appendManifests(empty.index, [{ add: inner }, { add: image }]);
    const [layer] = await image.layers();
    const expected =
      (await outer.size()) +
      (await inner.size()) +
      (await image.size()) +
      (await other.size()) +
      (await image.rawConfigFile()).byteLength +
      (await other.rawConfigFile()).byteLength +
      (await layer!.size());
    expect(await partial.imageSize(outer)).toBe(expected);
    await crane.push(outer, `${app}:v1`);
    const requests = await requestsOf(registry, async () => {
      expect(await crane.size(`${app}:v1`)).toBe(expected);
    });
    expect(requests.filter((request) => request.includes('/blobs/'))).toEqual([]);
  });
});

describe('a push under several tags', () => {
  const tags = ['v1', 'v1.2', 'v1.2.3', 'latest'];

  it.each([
    [
      'crane.push',
      async (): Promise<unknown> =>
        crane.push(
          image,
          tags.map((one) => `${app}:${one}`),
        ),
    ],
    [
      'remote.multiWrite',
      async (): Promise<unknown> =>
        remote.multiWrite(tags.map((one) => [name.parseReference(`${app}:${one}`), image] as const)),
    ],
  ])('by %s sends the content once, and a HEAD and a PUT for each tag', async (_verb, push) => {
    const requests = kinds(await requestsOf(registry, push));
    expect(requests).toEqual({
      ...(requests['GET /v2/'] === undefined ? {} : { 'GET /v2/': 1 }),
      ...Object.fromEntries(
        tags.flatMap((one) => [
          [`HEAD /v2/app/manifests/${one}`, 1],
          [`PUT /v2/app/manifests/${one}`, 1],
        ]),
      ),
      'HEAD /v2/app/blobs/<digest>': 2,
      'POST /v2/app/blobs/uploads/': 2,
      'PUT /v2/app/blobs/uploads/<id>?digest=<digest>': 2,
    });
    expect((await crane.listTags(app)).sort()).toEqual([...tags].sort());
  });

  it('sends the children of an index once', async () => {
    const index = random.index(64, 1, 3);
    const requests = kinds(
      await requestsOf(registry, async () =>
        crane.push(
          index,
          tags.map((one) => `${app}:${one}`),
        ),
      ),
    );
    expect(requests['PUT /v2/app/manifests/<digest>']).toBe(3);
    expect(requests['HEAD /v2/app/manifests/<digest>']).toBe(3);
    for (const one of tags) expect(requests[`HEAD /v2/app/manifests/${one}`]).toBe(1);
  });

  it('fails with the error of the content, under every tag', async () => {
    const broken = mutate.appendLayers(image, [
      partial.compressedToLayer({
        digest: async () => `sha256:${'0'.repeat(64)}` as v1.Hash,
        size: async () => 3,
        mediaType: async () => 'application/vnd.oci.image.layer.v1.tar',
        compressed: async () => (await import('node:stream')).Readable.from([Buffer.from('abc')]),
        diffId: async () => `sha256:${'0'.repeat(64)}` as v1.Hash,
      }),
    ]);
    await expect(crane.push(broken, [`${app}:v1`, `${app}:v2`])).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    await expect(crane.listTags(app)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
