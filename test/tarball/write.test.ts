import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { FileSystemError } from '../../src/errors/file-system.js';
import { NotComputedError } from '../../src/errors/stream-state.js';
import { newDigest } from '../../src/name/digest.js';
import { newTag } from '../../src/name/tag.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { image as randomImage } from '../../src/random/image.js';
import { appendLayers } from '../../src/mutate/append.js';
import { oneShotLayer } from '../support/images/one-shot-layer.js';
import { image as emptyImage } from '../../src/empty/index.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import type { ProgressEvent } from '../../src/v1/progress.js';
import { readAll } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { withChangedLayer } from '../support/images/with-changed-layer.js';

const dir = useTempDir();
const v1 = newTag('example.com/app:v1');
const stored = (): Image => compressedToImage(storedImage());
const listed = (path: string): string[] => execFileSync('tar', ['-tf', path]).toString().trim().split('\n');

describe('writeToFile', () => {
  it('writes config, layers and manifest.json in the form that docker load reads', async () => {
    const image = stored();
    await tarball.writeToFile(dir.path('app.tar'), v1, image);
    const hex = (await image.manifest()).layers.map(({ digest }) => digest.slice('sha256:'.length));
    expect(listed(dir.path('app.tar'))).toEqual([
      await image.configName(),
      ...hex.map((name) => `${name}.tar.gz`),
      'manifest.json',
    ]);
    expect(
      JSON.parse(execFileSync('tar', ['-xOf', dir.path('app.tar'), 'manifest.json']).toString()),
    ).toEqual([
      {
        Config: await image.configName(),
        RepoTags: ['example.com/app:v1'],
        Layers: hex.map((name) => `${name}.tar.gz`),
      },
    ]);
    expect((await stat(dir.path('app.tar'))).size).toBe(await tarball.calculateSize([[v1, image]]));
  });

  it('writes an archive from which the same image is read', async () => {
    const image = randomImage(3 * 1024 * 1024, 5, { seed: 'archive' });
    await tarball.writeToFile(dir.path('app.tar'), v1, image);
    const read = await tarball.imageFromPath(dir.path('app.tar'), { tag: v1 });
    expect(await read.digest()).toBe(await image.digest());
    for (const layer of await read.layers()) await readAll(await layer.uncompressed());
  });

  it('writes the same bytes as write does, whatever the number of jobs', async () => {
    const image = randomImage(300_000, 6, { seed: 'jobs' });
    await tarball.writeToFile(dir.path('one.tar'), v1, image, { jobs: 1 });
    await tarball.writeToFile(dir.path('many.tar'), v1, image, { jobs: 6, durable: true });
    const stream = new PassThrough();
    const [streamed] = await Promise.all([
      readAll(stream),
      tarball.write(v1, image, stream).then(() => stream.end()),
    ]);
    const file = await readFile(dir.path('one.tar'));
    expect(file.equals(await readFile(dir.path('many.tar')))).toBe(true);
    expect(file.equals(streamed)).toBe(true);
  });

  it.each([
    ['app', ['app:latest']],
    ['app:latest', ['app:latest']],
    ['example.com:5000/app', ['example.com:5000/app:latest']],
    ['docker.io/library/app:v2', ['docker.io/library/app:v2']],
  ])('keeps the spelling of %s', async (text, tags) => {
    expect((await tarball.computeManifest([[newTag(text), stored()]]))[0]?.RepoTags).toEqual(tags);
  });

  it('writes no tags for an image that is named by a digest', async () => {
    const image = stored();
    const digest = newDigest(`example.com/app@${await image.digest()}`);
    await tarball.writeToFile(dir.path('app.tar'), digest, image);
    expect(execFileSync('tar', ['-xOf', dir.path('app.tar'), 'manifest.json']).toString()).toContain(
      '"RepoTags":null',
    );
    expect((await tarball.open(dir.path('app.tar'))).images[0]?.tags).toEqual([]);
  });

  it('writes several images in the order of their tags, and shared blobs once', async () => {
    const [a, b] = [stored(), compressedToImage(storedImage({ tars: [tarOf(['etc/os', 'one'])] }))];
    const entries = [
      [newTag('b:1'), b],
      [newTag('a:2'), a],
      [newTag('a:1'), a],
    ] as const;
    await tarball.multiWriteToFile(dir.path('some.tar'), new Map(entries));
    await tarball.multiRefWriteToFile(dir.path('same.tar'), new Map(entries.toReversed()));
    expect((await readFile(dir.path('some.tar'))).equals(await readFile(dir.path('same.tar')))).toBe(true);
    const archive = await tarball.open(dir.path('some.tar'));
    expect(archive.images.map(({ tags }) => tags)).toEqual([['a:1', 'a:2'], ['b:1']]);
    const names = listed(dir.path('some.tar'));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(2 + 2 + 1);
    expect(await (await archive.image({ tag: 'b:1' })).configName()).toBe(await b.configName());
  });

  it('B19: leaves no file at the final path if a source fails half-way', async () => {
    const broken = await withChangedLayer(stored(), 1, () => ({
      compressed: async () =>
        Readable.from(
          (function* () {
            yield Buffer.alloc(10);
            throw new Error('cut off');
          })(),
          { objectMode: false },
        ),
    }));
    await writeFile(dir.path('app.tar'), 'previous content');
    await expect(tarball.writeToFile(dir.path('app.tar'), v1, broken)).rejects.toThrow('cut off');
    expect(await readdir(dir.path())).toEqual(['app.tar']);
    expect(await readFile(dir.path('app.tar'), 'utf8')).toBe('previous content');
  });

  it('verifies the digests and sizes of layers from any source', async () => {
    const swapped = await withChangedLayer(stored(), 0, (layer) => ({
      compressed: async () => Readable.from([Buffer.alloc(await layer.size(), 1)], { objectMode: false }),
    }));
    await expect(tarball.writeToFile(dir.path('app.tar'), v1, swapped)).rejects.toThrow(DigestMismatchError);
    const long = await withChangedLayer(stored(), 0, () => ({
      compressed: async () => Readable.from([Buffer.alloc(9999)], { objectMode: false }),
    }));
    await expect(tarball.writeToFile(dir.path('app.tar'), v1, long)).rejects.toThrow(SizeMismatchError);
    expect(await readdir(dir.path())).toEqual([]);
  });

  it('writes a layer that is a one-shot stream', async () => {
    const tar = tarOf(['data', 'x'.repeat(100_000)]);
    const image = appendLayers(emptyImage, [oneShotLayer(tar)]);
    await expect(tarball.calculateSize([[v1, image]])).rejects.toThrow(NotComputedError);
    await tarball.writeToFile(dir.path('app.tar'), v1, image);
    const [layer] = await (await tarball.imageFromPath(dir.path('app.tar'))).layers();
    expect(await readAll(await layer!.uncompressed())).toEqual(tar);
  });

  it('replaces the file behind a symbolic link, not the link', async () => {
    await mkdir(dir.path('real'));
    await writeFile(dir.path('real/app.tar'), 'old');
    await symlink('real/app.tar', dir.path('link.tar'));
    await tarball.writeToFile(dir.path('link.tar'), v1, stored());
    expect((await readdir(dir.path('real'))).sort()).toEqual(['app.tar']);
    expect((await tarball.open(dir.path('real/app.tar'))).images).toHaveLength(1);
  });

  it('writes into a named pipe', async () => {
    execFileSync('mkfifo', [dir.path('pipe')]);
    const reader = promisify(execFile)('tar', ['-tf', dir.path('pipe')]);
    await tarball.writeToFile(dir.path('pipe'), v1, stored());
    expect((await reader).stdout).toContain('manifest.json');
  });

  it('fails with the path if the directory does not exist', async () => {
    await expect(tarball.writeToFile(dir.path('no/app.tar'), v1, stored())).rejects.toThrow(FileSystemError);
    await expect(tarball.writeToFile(dir.path(), v1, stored())).rejects.toThrow(FileSystemError);
  });

  it('reports each blob from start to end', async () => {
    const events: ProgressEvent[] = [];
    const image = stored();
    await tarball.writeToFile(dir.path('app.tar'), v1, image, { onProgress: (event) => events.push(event) });
    for (const { digest, size } of (await image.manifest()).layers) {
      const own = events
        .filter((event) => event.digest === digest)
        .map((event) => event.kind === 'blob' && event);
      expect(own[0]).toMatchObject({
        state: 'started',
        size,
        transferred: 0,
        sink: 'archive',
        target: dir.path('app.tar'),
      });
      expect(own.at(-1)).toMatchObject({ state: 'done', transferred: size });
    }
  });

  it('stops for an aborted signal and removes the incomplete file', async () => {
    const controller = new AbortController();
    const silent = await withChangedLayer(stored(), 1, () => ({
      compressed: async () => {
        queueMicrotask(() => {
          controller.abort(new Error('enough'));
        });
        return new Readable({ read: () => undefined });
      },
    }));
    const writing = tarball.writeToFile(dir.path('app.tar'), v1, silent, { signal: controller.signal });
    await expect(writing).rejects.toThrow('enough');
    expect(await readdir(dir.path())).toEqual([]);
  });
});
