import { describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as empty from '../../../src/empty/index.js';
import * as layout from '../../../src/layout/index.js';
import * as mutate from '../../../src/mutate/index.js';
import * as name from '../../../src/name/index.js';
import * as random from '../../../src/random/index.js';
import * as remote from '../../../src/remote/index.js';
import * as tarball from '../../../src/tarball/index.js';
import type { ImageIndex } from '../../../src/v1/image-index.js';
import type { Image } from '../../../src/v1/image.js';
import * as validate from '../../../src/validate/index.js';
import { fanOut } from './fan-out.js';
import { file, layeredImage } from '../../support/images/layered-image.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const WIDTH = 10;
const DEPTH = 4;
const leaf = await layeredImage([[file('a', '1')]]);
const temp = useTempDir();
const note = (image: Image): Image => mutate.annotations(image, { a: 'b' });

const registry = useRegistry();

/** All functions that visit the descendants of an index. */
const walks: Readonly<Record<string, (index: ImageIndex) => Promise<unknown>>> = {
  'mutate.mapImages': async (index) => mutate.mapImages(index, note).digest(),
  'mutate.mapImages of what stays': async (index) => mutate.mapImages(index, (same) => same).digest(),
  'mutate.toOci': async (index) => mutate.toOci(index).digest(),
  'mutate.toDocker': async (index) => mutate.toDocker(index).digest(),
  'validate.index': async (index) => validate.index(index),
  'remote.writeIndex': async (index) => remote.writeIndex(name.newTag(`${registry.host}/x:1`), index),
  'layout.appendIndex': async (index) => {
    await (await layout.fromPath(temp.path('out'), { create: true })).appendIndex(index);
  },
  'tarball.multiWriteOciToFile': async (index) =>
    tarball.multiWriteOciToFile(temp.path('out.tar'), [['x:1', index]]),
};

describe('an index that lists the same children many times', () => {
  it.each(Object.entries(walks))('I4: %s visits each child once', async (_name, walk) => {
    const { index, visits } = await fanOut(leaf, WIDTH, DEPTH);
    await walk(index);
    expect(visits()).toBeGreaterThan(0);
    // Without remembering visited children it would be 11,110 visits.
    expect(visits()).toBeLessThanOrEqual(2 * WIDTH * DEPTH);
  });

  it('I4: an image that is listed several times is changed once and found under each index', async () => {
    const { index } = await fanOut(leaf, WIDTH, DEPTH);
    const outer = mutate.appendManifests(empty.index, [{ add: index }, { add: leaf }]);
    let changes = 0;
    const mapped = mutate.mapImages(outer, (image) => {
      changes += 1;
      return note(image);
    });
    const digest = await note(leaf).digest();
    const [nested, direct] = (await mapped.indexManifest()).manifests;
    expect(direct?.digest).toBe(digest);
    let at = await mapped.imageIndex(nested!.digest);
    for (let level = 1; level < DEPTH; level += 1) {
      const { manifests } = await at.indexManifest();
      expect(new Set(manifests.map((child) => child.digest)).size).toBe(1);
      at = await at.imageIndex(manifests[0]!.digest);
    }
    expect(await (await at.image(digest)).digest()).toBe(digest);
    expect(changes).toBe(1);
  });

  it('I4: crane.flatten requests each manifest once', async () => {
    const { index } = await fanOut(leaf, WIDTH, DEPTH);
    await remote.writeIndex(name.newTag(`${registry.host}/x:1`), index);
    const before = registry.requests.length;
    await crane.flatten(`${registry.host}/x:1`, { tag: `${registry.host}/y:1` });
    const read = registry.requests
      .slice(before)
      .filter(({ method, url }) => method === 'GET' && url.includes('/x/manifests/'));
    expect(read).toHaveLength(DEPTH + 1);
  });
});

describe('indexes that nest too deeply', () => {
  const deep = async (): Promise<ImageIndex> => (await fanOut(leaf, 1, 17)).index;
  const capped: Readonly<Record<string, (index: ImageIndex, maxDepth?: number) => Promise<unknown>>> = {
    'mutate.mapImages': async (index, maxDepth) => mutate.mapImages(index, note, { maxDepth }).digest(),
    'mutate.toOci': async (index, maxDepth) => mutate.toOci(index, { maxDepth }).digest(),
    'mutate.toDocker': async (index, maxDepth) => mutate.toDocker(index, { maxDepth }).digest(),
  };

  it.each(Object.entries(capped))('I5: %s names the option that raises its cap', async (_name, walk) => {
    await expect(walk(await deep())).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', option: 'maxDepth' });
    await expect(walk(await deep(), 17)).resolves.toMatch(/^sha256:/);
  });

  it('I5: the error of a fixed cap names no option', async () => {
    const reference = `${registry.host}/deep:1`;
    const error: unknown = await remote
      .writeIndex(name.newTag(reference), await deep())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', option: undefined });
    expect(error).not.toHaveProperty('hint');
  });
});

describe('a reference to a changed image', () => {
  it('is updated in annotations and in subjects, also in a chain of references', async () => {
    const about = async (image: Image, seed: number): Promise<Image> =>
      mutate.subject(random.image(32, 1, { seed }), {
        mediaType: await image.mediaType(),
        size: await image.size(),
        digest: await image.digest(),
      });
    const attestation = await about(leaf, 1);
    const signature = await about(attestation, 2);
    const reference = { 'vnd.docker.reference.digest': await leaf.digest() };
    const index = mutate.appendManifests(empty.index, [
      { add: signature },
      { add: attestation, descriptor: { annotations: reference } },
      { add: leaf },
    ]);
    const mapped = mutate.mapImages(index, async (image, options) =>
      (await image.digest(options)) === (await leaf.digest(options)) ? note(image) : image,
    );
    const [first, second, third] = (await mapped.indexManifest()).manifests;
    expect(third!.digest).toBe(await note(leaf).digest());
    expect(second!.annotations).toEqual({ 'vnd.docker.reference.digest': third!.digest });
    const subjectOf = async (digest: string) =>
      (await (await mapped.image(digest as never)).manifest()).subject?.digest;
    expect(await subjectOf(second!.digest)).toBe(third!.digest);
    expect(await subjectOf(first!.digest)).toBe(second!.digest);
    await validate.index(mapped);
  });
});
