import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { AmbiguousError } from '../../src/errors/ambiguous.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { UnsafePathError } from '../../src/errors/invalid/path.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as layout from '../../src/layout/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import type { Image } from '../../src/v1/image.js';
import { eventually, openDescriptors } from '../support/tools/open-handles.js';
import { readAll } from '../support/tools/read-all.js';
import { someHash, storedImage } from '../support/images/stored-image.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const image = compressedToImage(storedImage());
const blobPath = (digest: string): string => dir.path('layout/blobs', digest.replace(':', '/'));

async function withImage(): Promise<layout.Path> {
  const path = await layout.fromPath(dir.path('layout'), { create: true });
  await path.appendImage(image);
  return path;
}
const layerDigest = async (): Promise<string> => (await image.manifest()).layers[0]!.digest;
const readLayer = async (from: Image): Promise<Buffer> =>
  readAll(await (await from.layers())[0]!.compressed());

describe('fromPath', () => {
  it('Y1: refuses a directory whose oci-layout file is not that of version 1', async () => {
    await expect(layout.fromPath(dir.path())).rejects.toThrow(NotFoundError);
    await withImage();
    await writeFile(dir.path('layout/oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
    await expect(layout.fromPath(dir.path('layout'))).rejects.toThrow(UnsupportedError);
    for (const content of ['', 'no JSON', 'null', '[]', '{}', '{"imageLayoutVersion":1}']) {
      await writeFile(dir.path('layout/oci-layout'), content);
      await expect(layout.fromPath(dir.path('layout'))).rejects.toThrow(ManifestInvalidError);
    }
  });

  it('K7: reads a layout, and adds to it, without the file oci-layout', async () => {
    await withImage();
    await rm(dir.path('layout/oci-layout'));
    const opened = await layout.fromPath(dir.path('layout'));
    expect(await (await opened.image()).digest()).toBe(await image.digest());
    await opened.appendImage(image, { annotations: { 'org.opencontainers.image.ref.name': 'again' } });
    const { manifests } = await (await opened.imageIndex()).indexManifest();
    expect(manifests).toHaveLength(2);
  });

  it('Y1: refuses a directory without index.json', async () => {
    await withImage();
    await rm(dir.path('layout/index.json'));
    await expect(layout.fromPath(dir.path('layout'))).rejects.toThrow(NotFoundError);
  });

  it('does not change an existing layout if `create` is set', async () => {
    await withImage();
    const before = await readFile(dir.path('layout/index.json'));
    await layout.fromPath(dir.path('layout'), { create: true });
    expect(await readFile(dir.path('layout/index.json'))).toEqual(before);
  });

  it('Y11: refuses a pipe instead of a file of the layout, and does not wait for it', async () => {
    await withImage();
    for (const name of ['index.json', 'oci-layout']) {
      await rename(dir.path('layout', name), dir.path('kept'));
      execFileSync('mkfifo', [dir.path('layout', name)]);
      await expect(layout.fromPath(dir.path('layout'))).rejects.toThrow(UnsafePathError);
      await rename(dir.path('kept'), dir.path('layout', name));
    }
  });

  it('refuses an index.json that is larger than the cap', async () => {
    await withImage();
    await writeFile(dir.path('layout/index.json'), `{"schemaVersion":2,"manifests":[]${' '.repeat(5000)}}`);
    const reading = layout.fromPath(dir.path('layout'), { maxManifestBytes: 1000 });
    await expect(reading).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', option: 'maxManifestBytes' });
  });
});

describe('a blob of a layout', () => {
  it('Y2: is named by its digest in the error if it is missing', async () => {
    const path = await withImage();
    await rm(blobPath(await layerDigest()));
    await expect(readLayer(await path.image())).rejects.toThrow(NotFoundError);
    await expect(readLayer(await path.image())).rejects.toThrow(await layerDigest());
    expect(await (await (await path.image()).layers())[0]!.exists!()).toBe(false);
    await expect(path.blob(someHash('a'))).rejects.toThrow(NotFoundError);
  });

  it('Y3: fails before its end if a bit is wrong', async () => {
    const path = await withImage();
    for (const digest of [await layerDigest(), await image.configName(), await image.digest()]) {
      const bytes = await readFile(blobPath(digest));
      bytes[10]! ^= 1;
      await writeFile(blobPath(digest), bytes);
    }
    const hash = (await image.manifest()).layers[0]!.digest;
    await expect(path.blob(hash).then(readAll)).rejects.toThrow(DigestMismatchError);
    await expect(path.bytes(await image.configName())).rejects.toThrow(DigestMismatchError);
    await expect((await path.image()).manifest()).rejects.toThrow(DigestMismatchError);
  });

  it('Y4: is written again if a crash truncated it', async () => {
    const path = await withImage();
    const digests = [await layerDigest(), await image.configName(), await image.digest()];
    for (const digest of digests) await truncate(blobPath(digest), 10);
    await expect((await path.image()).manifest()).rejects.toThrow(SizeMismatchError);
    await path.appendImage(image);
    const again = await path.image();
    expect(await again.rawConfigFile()).toEqual(Buffer.from(await image.rawConfigFile()));
    expect(await readLayer(again)).toEqual(await readLayer(image));
  });

  it('Y4: is written again if it is a manifest or a config with wrong bytes', async () => {
    const path = await withImage();
    const config = await image.configName();
    const bytes = await readFile(blobPath(config));
    bytes[5]! ^= 1;
    await writeFile(blobPath(config), bytes);
    await path.appendImage(image);
    expect(await path.bytes(config)).toEqual(Buffer.from(await image.rawConfigFile()));
  });

  it('Y11: is refused if it is a symbolic link, unless links are allowed', async () => {
    const path = await withImage();
    const digest = (await image.manifest()).layers[0]!.digest;
    await rename(blobPath(digest), dir.path('elsewhere'));
    await symlink(dir.path('elsewhere'), blobPath(digest));
    await expect(path.blob(digest)).rejects.toThrow(UnsafePathError);
    await expect(path.bytes(digest)).rejects.toThrow(UnsafePathError);
    const trusting = await layout.fromPath(dir.path('layout'), { allowSymlinks: true });
    expect(await readLayer(await trusting.image())).toEqual(await readLayer(image));
  });

  it('Y11: is refused if it is a directory, a pipe or a socket', async () => {
    const path = await withImage();
    const digest = (await image.manifest()).layers[0]!.digest;
    await rm(blobPath(digest));
    await mkdir(blobPath(digest));
    await expect(path.blob(digest)).rejects.toThrow(UnsafePathError);
    await rm(blobPath(digest), { recursive: true });
    execFileSync('mkfifo', [blobPath(digest)]);
    await expect(path.blob(digest)).rejects.toThrow(UnsafePathError);
    await rm(blobPath(digest));
    const server = createServer();
    await mkdir(dir.path('s'));
    await new Promise<void>((resolve) => server.listen(dir.path('s/s'), resolve));
    await rename(dir.path('s/s'), blobPath(digest));
    await expect(path.blob(digest)).rejects.toThrow(UnsafePathError);
    await new Promise((resolve) => server.close(resolve));
  });

  it('is closed when its stream is destroyed', async () => {
    const path = await withImage();
    const before = openDescriptors();
    for (const { digest } of (await image.manifest()).layers) (await path.blob(digest)).destroy();
    expect(await eventually(() => openDescriptors() <= before)).toBe(true);
  });

  it('is refused by `bytes` if it is larger than the cap', async () => {
    await withImage();
    const path = await layout.fromPath(dir.path('layout'), { maxConfigBytes: 10 });
    await expect(path.bytes(await image.configName())).rejects.toThrow(LimitExceededError);
    await expect((await path.image()).configFile()).rejects.toThrow(LimitExceededError);
  });
});

describe('image of a layout', () => {
  it('Y12: refuses a digest that could be a path', async () => {
    const path = await withImage();
    for (const digest of ['sha256:../../../etc/passwd', `sha256:${'A'.repeat(64)}`, 'md5:abc', '']) {
      await writeFile(
        dir.path('layout/index.json'),
        JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: 'x', size: 1, digest }] }),
      );
      await expect(path.imageIndex()).rejects.toThrow(ManifestInvalidError);
    }
  });

  it('Y13: needs a digest if the layout has several images, and fails if it has none', async () => {
    const path = await withImage();
    expect(await (await path.image()).digest()).toBe(await image.digest());
    await path.appendImage(image, { annotations: { 'org.opencontainers.image.ref.name': 'two' } });
    await expect(path.image()).rejects.toThrow(AmbiguousError);
    await expect(path.image()).rejects.toThrow(/two/);
    await path.removeDescriptors(() => true);
    await expect(path.image()).rejects.toThrow(NotFoundError);
    await expect(path.image(await image.digest())).rejects.toThrow(NotFoundError);
  });

  it('finds an image in an index within the index', async () => {
    const path = await layout.fromPath(dir.path('layout'), { create: true });
    const nested = randomIndex(10, 1, 2, { seed: 'nested' });
    await path.appendIndex(nested);
    const [child] = (await nested.indexManifest()).manifests;
    expect(await (await path.image(child!.digest)).digest()).toBe(child!.digest);
    await expect(path.image()).rejects.toThrow(AmbiguousError);
    await expect(path.image(await nested.digest())).rejects.toThrow(NotFoundError);
  });

  it('returns an image that does not change when index.json changes', async () => {
    const path = await withImage();
    const index = await path.imageIndex();
    await path.removeDescriptors(() => true);
    expect((await index.indexManifest()).manifests).toHaveLength(1);
  });
});
