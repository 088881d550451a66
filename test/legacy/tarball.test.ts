import { readFile, readdir } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { readTar } from '../../src/internal/tar/tar.js';
import * as legacy from '../../src/legacy/index.js';
import * as mutate from '../../src/mutate/index.js';
import { newDigest } from '../../src/name/digest.js';
import { newTag } from '../../src/name/tag.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { dockerForeignLayer } from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const tars = [tarOf(['base', '<&>']), tarOf(['app', '2'])];
const image = (): Image =>
  compressedToImage(
    storedImage({
      tars,
      config: (config) => ({
        ...config,
        created: '2020-01-02T03:04:05Z',
        container: 'c1',
        docker_version: '20',
        variant: 'v8',
        history: [
          { created: '2019-01-01T00:00:00Z', author: 'me', created_by: 'ADD <base>', comment: 'first' },
          { created_by: 'ENV A=1', empty_layer: true },
          { created: '2020-01-01T00:00:00Z', created_by: 'ADD app' },
        ],
        config: { Env: ['A=1'] },
      }),
    }),
  );

async function entries(tar: Buffer): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const source = new PassThrough();
  source.end(tar);
  for await (const entry of readTar(source)) {
    expect(entry.header).toMatchObject({ mode: 0o644, uid: 0, mtime: 0, type: 'file' });
    expect(found.has(entry.header.name)).toBe(false);
    found.set(entry.header.name, (await entry.bytes()).toString('latin1'));
  }
  return found;
}

async function written(images: legacy.tarball.ImagesByReference): Promise<Buffer> {
  const sink = new PassThrough();
  const all = readAll(sink);
  await legacy.tarball.multiWrite(images, sink);
  expect(sink.writableEnded).toBe(false);
  sink.end();
  return all;
}

const hex = (text: string | Uint8Array): string => sha256Of(Buffer.from(text)).slice('sha256:'.length);

describe('legacy.tarball', () => {
  it('writes the documents of the legacy format as go-containerregistry does', async () => {
    const subject = image();
    const raw = Buffer.from(await subject.rawConfigFile());
    const [below, top] = (await subject.manifest()).layers.map(({ digest }) =>
      digest.slice('sha256:'.length),
    );
    const one = hex(`${below!} `);
    const two = hex(Buffer.concat([Buffer.from(`${top!} ${one} `), raw]));
    const found = await entries(await written([[newTag('registry.example/app:v1'), subject]]));
    expect([...found.keys()]).toEqual([
      `${hex(raw)}.json`,
      `${one}/layer.tar`,
      `${one}/json`,
      `${one}/VERSION`,
      `${two}/layer.tar`,
      `${two}/json`,
      `${two}/VERSION`,
      'manifest.json',
      'repositories',
    ]);
    expect(found.get(`${hex(raw)}.json`)).toBe(raw.toString('latin1'));
    expect(found.get(`${one}/layer.tar`)).toBe(tars[0]!.toString('latin1'));
    expect(found.get(`${one}/VERSION`)).toBe('1.0');
    expect(found.get(`${one}/json`)).toBe(
      '{"architecture":"","author":"me","created":"2019-01-01T00:00:00Z","os":"",' +
        '"rootfs":{"type":"","diff_ids":null},"config":{},' +
        `"container_config":{"Cmd":["ADD \\u003cbase\\u003e"]},"id":"${one}","comment":"first"}`,
    );
    expect(found.get(`${two}/json`)).toBe(
      '{"architecture":"amd64","container":"c1","created":"2020-01-02T03:04:05Z","docker_version":"20","os":"linux",' +
        '"rootfs":{"type":"","diff_ids":null},"config":{"Env":["A=1"]},' +
        `"container_config":{"Cmd":["ADD app"]},"id":"${two}","parent":"${one}"}`,
    );
    expect(found.get('manifest.json')).toBe(
      `[{"Config":"${hex(raw)}.json","RepoTags":["registry.example/app:v1"],` +
        `"Layers":["${one}/layer.tar","${two}/layer.tar"]}]`,
    );
    expect(found.get('repositories')).toBe(`{"registry.example/app":{"v1":"${two}"}}`);
  });

  it('writes an image without a history, and no layer twice', async () => {
    const bare = mutate.configFile(image(), { ...(await image().configFile()), history: [] });
    const longer = mutate.append(image(), [
      { layer: (await image().layers())[0]!, history: { created_by: 'again' } },
    ]);
    const found = await entries(
      await written([
        [newTag('a/one:1'), bare],
        [newTag('a/one:2'), bare],
        [newTag('a/two'), longer],
        [newDigest(`a/three@sha256:${'1'.repeat(64)}`), longer],
      ]),
    );
    const manifest = JSON.parse(found.get('manifest.json')!) as { Layers: string[]; RepoTags: string[] }[];
    const layers = new Set(manifest.flatMap(({ Layers }) => Layers));
    expect([...found.keys()].filter((name) => name.endsWith('/layer.tar')).sort()).toEqual(
      [...layers].sort(),
    );
    expect(manifest.flatMap(({ RepoTags }) => RepoTags).sort()).toEqual([
      'a/one:1',
      'a/one:2',
      'a/two:latest',
    ]);
    expect(Object.keys(JSON.parse(found.get('repositories')!) as object)).toEqual(['a/one', 'a/two']);
    // The lowest layer of both has the same parents, none, and the same digest.
    expect(manifest[0]!.Layers[0]).toBe(manifest[1]!.Layers[0]);
  });

  it('lists foreign layers', async () => {
    const [layer] = await image().layers();
    const foreign = mutate.append(image(), [
      {
        layer: layer!,
        mediaType: dockerForeignLayer,
        urls: ['https://f.example/x'],
        history: { created_by: 'f' },
      },
    ]);
    const plain = mutate.removeLayer(foreign, 0);
    const found = await entries(await written([[newTag('a/f:1'), plain]]));
    expect(JSON.parse(found.get('manifest.json')!)).toMatchObject([
      {
        LayerSources: {
          [sha256Of(tars[0]!)]: { mediaType: dockerForeignLayer, urls: ['https://f.example/x'] },
        },
      },
    ]);
  });

  it('writes a file from which tarball reads the same image, and no file after a failure', async () => {
    const path = temp.path('legacy.tar');
    await legacy.tarball.writeToFile(path, newTag('a/b:c'), image());
    expect(await readFile(path)).toEqual(await written([[newTag('a/b:c'), image()]]));
    const back = await tarball.imageFromPath(path, { tag: 'a/b:c' });
    await validate.image(back);
    expect(await back.configName()).toBe(await image().configName());

    const { history = [], ...config } = await image().configFile();
    const broken = mutate.configFile(image(), { ...config, history: history.slice(1) });
    await expect(
      legacy.tarball.writeToFile(temp.path('broken.tar'), newTag('a/b'), broken),
    ).rejects.toBeInstanceOf(ManifestInvalidError);
    expect(await readdir(temp.path())).toEqual(['legacy.tar']);
  });

  it('destroys a writable after a failure or an abort', async () => {
    const sink = new PassThrough();
    const controller = new AbortController();
    const writing = legacy.tarball.write(newTag('a/b'), image(), sink, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
    expect(sink.destroyed).toBe(true);
    await expect(legacy.tarball.multiWrite([], new PassThrough())).rejects.toThrow(TypeError);
    const ended = new PassThrough();
    ended.end();
    await expect(legacy.tarball.write(newTag('a/b'), image(), ended)).rejects.toThrow('already closed');
  });
});
