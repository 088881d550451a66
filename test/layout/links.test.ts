import { lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { UnsafePathError } from '../../src/errors/invalid/path.js';
import * as layout from '../../src/layout/index.js';
import { image as randomImage } from '../../src/random/image.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const image = randomImage(1000, 1, { seed: 'links' });
const other = randomImage(1000, 1, { seed: 'other' });
const foreign = 'f'.repeat(64);

beforeEach(async () => {
  await (await layout.fromPath(dir.path('layout'), { create: true })).appendImage(image);
  await mkdir(dir.path('elsewhere/sha256'), { recursive: true });
});

/** Moves a directory of the layout, and puts a link to its new path in its place. */
async function linked(name: string): Promise<string> {
  const target = dir.path(name === 'blobs' ? 'elsewhere' : 'elsewhere/sha256');
  await rm(target, { recursive: true });
  await rename(dir.path(`layout/${name}`), target);
  await symlink(target, dir.path(`layout/${name}`));
  await writeFile(dir.path(`elsewhere/sha256/${foreign}`), 'not ours');
  return dir.path('elsewhere/sha256');
}

describe.each(['blobs', 'blobs/sha256'])('a layout with a symbolic link for %s', (name) => {
  it('K11: can be read, but not written or cleaned', async () => {
    const target = await linked(name);
    const before = await readdir(target);
    for (const allowSymlinks of [false, true]) {
      const opened = await layout.fromPath(dir.path('layout'), { allowSymlinks });
      expect(await (await opened.image()).digest()).toBe(await image.digest());
      const refused: Promise<unknown>[] = [
        opened.garbageCollect({ delete: true, graceMs: -1 }),
        opened.garbageCollect(),
        opened.appendImage(other),
        opened.writeImage(other),
        opened.removeBlob(await image.digest()),
        opened.writeFile(`${name}/file`, Buffer.from('x')),
      ];
      for (const one of refused) await expect(one).rejects.toThrow(UnsafePathError);
    }
    expect(await readdir(target)).toEqual(before);
  });
});

describe('a layout with symbolic links for its own files', () => {
  it('K11: gets files instead of the links, and the targets of the links do not change', async () => {
    const content = await readFile(dir.path('layout/index.json'));
    await writeFile(dir.path('elsewhere/index.json'), content);
    for (const name of ['index.json', 'index.json.lock', 'oci-layout']) {
      await rm(dir.path(`layout/${name}`), { force: true });
      if (name !== 'index.json.lock')
        await symlink(dir.path(`elsewhere/${name}`), dir.path(`layout/${name}`));
    }
    const opened = await layout.fromPath(dir.path('layout'), { create: true });
    await opened.appendImage(other);
    expect(await readFile(dir.path('elsewhere/index.json'))).toEqual(content);
    expect((await lstat(dir.path('layout/index.json'))).isFile()).toBe(true);
    expect((await lstat(dir.path('layout/oci-layout'))).isFile()).toBe(true);
    expect((await readdir(dir.path('elsewhere'))).sort()).toEqual(['index.json', 'sha256']);
  });
});
