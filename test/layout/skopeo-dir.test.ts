import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { UnsafePathError } from '../../src/errors/invalid/path.js';
import { drain } from '../../src/internal/streams/consume.js';
import { collect } from '../../src/internal/streams/collect.js';
import { open } from '../../src/layout/open.js';
import { image as randomImage } from '../../src/random/image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import type { Image } from '../../src/v1/image.js';
import { hashHex } from '../../src/v1/hash.js';
import * as validate from '../../src/validate/index.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const directory = (): string => dir.path('folder');
const source = randomImage(1024, 2, { seed: 7 });

/** Writes a directory as `skopeo copy dir:` does. */
async function save(image: Image, manifestName = 'manifest.json'): Promise<void> {
  await mkdir(directory(), { recursive: true });
  await writeFile(path.join(directory(), 'version'), 'Directory Transport Version: 1.1\n');
  await writeFile(path.join(directory(), manifestName), await image.rawManifest());
  await writeFile(path.join(directory(), hashHex(await image.configName())), await image.rawConfigFile());
  for (const layer of await image.layers()) {
    const bytes = await collect(await layer.compressed(), { maxBytes: 1e6, option: '', subject: 'layer' });
    await writeFile(path.join(directory(), hashHex(await layer.digest())), bytes);
  }
}

describe('directories that skopeo writes for `dir:`', () => {
  it('contain one image', async () => {
    await save(source);
    const stored = await open(directory());
    expect(stored.images.map(({ digest }) => digest)).toEqual([await source.digest()]);
    const image = await stored.image();
    expect(Buffer.from(await image.rawManifest())).toEqual(Buffer.from(await source.rawManifest()));
    await expect(validate.image(image)).resolves.toBeUndefined();
  });

  it('K7: need no file `version`', async () => {
    await save(source);
    await rm(path.join(directory(), 'version'));
    expect(await (await (await open(directory())).image()).digest()).toBe(await source.digest());
  });

  it('contain the manifests of an index beside its own manifest', async () => {
    const index = randomIndex(256, 1, 2, { seed: 8 });
    for (const { digest } of (await index.indexManifest()).manifests) {
      await save(await index.image(digest), `${hashHex(digest)}.manifest.json`);
    }
    await writeFile(path.join(directory(), 'manifest.json'), await index.rawManifest());
    const stored = await open(directory());
    expect(stored.images).toHaveLength(2);
    const found = await stored.imageIndex({ digest: await index.digest() });
    await expect(validate.index(found)).resolves.toBeUndefined();
  });

  it('are verified when they are read', async () => {
    await save(source);
    const [layer] = await source.layers();
    const blob = path.join(directory(), hashHex(await layer!.digest()));
    const bytes = await readFile(blob);
    bytes[5]! ^= 1;
    await writeFile(blob, bytes);
    const [read] = await (await (await open(directory())).image()).layers();
    await expect(drain(await read!.compressed())).rejects.toThrow(DigestMismatchError);
  });

  it('are refused if a blob is a link or the manifest is invalid', async () => {
    await save(source);
    const config = path.join(directory(), hashHex(await source.configName()));
    await cp(config, dir.path('elsewhere'));
    await rm(config);
    await symlink(dir.path('elsewhere'), config);
    await expect((await (await open(directory())).image()).configFile()).rejects.toThrow(UnsafePathError);
    await writeFile(path.join(directory(), 'manifest.json'), 'no JSON');
    await expect(open(directory())).rejects.toThrow(ManifestInvalidError);
  });

  it('need a manifest', async () => {
    await mkdir(directory());
    await writeFile(path.join(directory(), 'version'), 'Directory Transport Version: 1.1\n');
    await expect(open(directory())).rejects.toThrow(NotFoundError);
  });
});
