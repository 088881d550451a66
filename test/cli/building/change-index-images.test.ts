import { writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as empty from '../../../src/empty/index.js';
import * as mutate from '../../../src/mutate/index.js';
import * as name from '../../../src/name/index.js';
import * as random from '../../../src/random/index.js';
import * as remote from '../../../src/remote/index.js';
import type { ImageIndex } from '../../../src/v1/image-index.js';
import * as types from '../../../src/v1/types.js';
import * as validate from '../../../src/validate/index.js';
import { gantry, type Outcome } from '../../support/programs/gantry.js';
import { amd, amd64, arm, arm64, imageFor } from '../../support/images/platform-images.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;

const unknown = { os: 'unknown', architecture: 'unknown' };
const statement = random.layer(64, 'application/vnd.in-toto+json', { seed: 1 });
const attestation = mutate.subject(
  mutate.mediaType(mutate.append(imageFor('', unknown), [{ layer: statement }]), types.ociManifestSchema1),
  {
    mediaType: types.ociManifestSchema1,
    size: await arm.size(),
    digest: await arm.digest(),
  },
);
const index = mutate.appendManifests(empty.index, [
  { add: amd, descriptor: { platform: amd64 } },
  { add: arm, descriptor: { platform: { ...arm64, variant: 'v8' } } },
  {
    add: attestation,
    descriptor: { platform: unknown, annotations: { 'vnd.docker.reference.digest': await arm.digest() } },
  },
]);

beforeEach(async () => {
  app = `${registry.host}/app:1`;
  await remote.writeIndex(name.newTag(app), index);
  await writeFile(temp.path('new.tar'), tarOf(['new', 'file']));
});

async function run(...args: readonly string[]): Promise<Outcome> {
  return gantry([...args]);
}

async function result(tag = app): Promise<ImageIndex> {
  const found = await remote.index(name.newTag(tag));
  await validate.index(found);
  return found;
}

/** Asserts what must be true of every index whose images were changed. */
async function expectInStep(changed: ImageIndex, images: number): Promise<void> {
  const { manifests } = await changed.indexManifest();
  expect(manifests).toHaveLength(images + 1);
  const last = manifests.at(-1)!;
  const about = manifests.at(-2)!;
  expect(about.platform).toEqual({ ...arm64, variant: 'v8' });
  expect(last.platform).toEqual(unknown);
  expect(last.annotations).toEqual({ 'vnd.docker.reference.digest': about.digest });
  const { subject } = await (await changed.image(last.digest)).manifest();
  expect(subject).toMatchObject({ digest: about.digest, size: about.size });
  expect(about.digest).not.toBe(await arm.digest());
}

const BOTH = ['--platform', 'linux/amd64', '--platform', 'linux/arm64'];

describe('a changed index', () => {
  it.each([
    ['all', ['--platform', 'all']],
    ['a list', BOTH],
  ])(
    'I8: mutate changes every image for --platform %s, and keeps attestations in step',
    async (_what, platforms) => {
      const outcome = await run(...platforms, 'mutate', app, '-l', 'a=b', '--append', temp.path('new.tar'));
      expect(outcome).toMatchObject({ code: 0 });
      const changed = await result();
      await expectInStep(changed, 2);
      for (const { digest } of (await changed.indexManifest()).manifests.slice(0, 2)) {
        const image = await changed.image(digest);
        expect((await image.configFile()).config.Labels).toEqual({ a: 'b' });
        expect(await image.layers()).toHaveLength(2);
      }
    },
  );

  it('I8: append adds the layers to every image, each compressed once', async () => {
    const to = `${registry.host}/grown:1`;
    const outcome = await run('--platform', 'all', 'append', '-b', app, '-f', temp.path('new.tar'), '-t', to);
    expect(outcome).toMatchObject({ code: 0 });
    const changed = await result(to);
    await expectInStep(changed, 2);
    const tops = await Promise.all(
      (await changed.indexManifest()).manifests
        .slice(0, 2)
        .map(async ({ digest }) => (await (await changed.image(digest)).manifest()).layers.at(-1)?.digest),
    );
    expect(new Set(tops).size).toBe(1);
  });

  it('I8: an index reduced to listed platforms keeps their attestations', async () => {
    const outcome = await run(
      '--platform',
      'linux/arm64',
      '--platform',
      'linux/arm64',
      'mutate',
      app,
      '-l',
      'a=b',
    );
    expect(outcome).toMatchObject({ code: 0 });
    await expectInStep(await result(), 1);
  });

  it('I8: rebase moves every image to the base for its platform', async () => {
    const app2 = `${registry.host}/app:2`;
    await run('--platform', 'all', 'append', '-b', app, '-f', temp.path('new.tar'), '-t', app2);
    const bases = mutate.mapImages(index, async (image, options) =>
      (await image.configFile(options)).os === 'unknown' ? image : mutate.createdAt(image, new Date(0)),
    );
    const base2 = `${registry.host}/base:2`;
    await remote.writeIndex(name.newTag(base2), bases);
    const rebase = ['rebase', app2, '--old_base', app, '--new_base', base2];
    expect((await run(...rebase)).stderr).toMatch(/with --platform, or several with --platform/);
    expect(await run('--platform', 'all', ...rebase)).toMatchObject({ code: 0 });
    const { manifests } = await (await result(app2)).indexManifest();
    expect(manifests).toHaveLength(3);
  });

  it('I8: flatten accepts a list of platforms', async () => {
    expect(await run(...BOTH, 'flatten', app)).toMatchObject({ code: 0 });
    expect((await (await result()).indexManifest()).manifests).toHaveLength(2);
  });

  it('I8: a platform that the index lacks is not found, and nothing is pushed', async () => {
    const outcome = await run(...BOTH, '--platform', 'linux/s390x', 'mutate', app, '-l', 'a=b');
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toMatch(
      /has no image for linux\/s390x; choose from linux\/amd64, linux\/arm64\/v8/,
    );
    expect(await (await result()).digest()).toBe(await index.digest());
  });

  it('I8: flags for only one image are refused for several images', async () => {
    const all = ['--platform', 'all'];
    expect((await run(...all, 'mutate', app, '--set-platform', 'linux/arm64')).code).toBe(2);
    const piped = await gantry([...all, 'append', '-b', app, '-f', '-', '-t', app], {
      stdin: tarOf(['a', '1']),
    });
    expect(piped).toMatchObject({ code: 2 });
    expect(piped.stderr).toMatch(/stdin can be a layer of only one image/);
  });
});

describe('one image of an index', () => {
  it.each([
    ['mutate', [], ['-l', 'a=b'], /linux\/amd64, which replaces the index/],
    ['mutate', ['--platform', 'linux/arm64'], ['-l', 'a=b'], /linux\/arm64, which replaces the index/],
    ['mutate', [], ['-l', 'a=b', '-t', 'other'], /is only the image for linux\/amd64; give/],
  ])('I8: %s %j %j says what it is', async (verb, platform, flags, warning) => {
    const rest = flags.map((flag) => (flag === 'other' ? `${registry.host}/other:1` : flag));
    const outcome = await run(...platform, verb, app, ...rest);
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.stderr).toMatch(warning);
  });

  it('I8: append warns, too, but not about a selected platform under another tag', async () => {
    const append = ['append', '-b', app, '-f', temp.path('new.tar'), '-t', `${registry.host}/other:1`];
    expect((await run(...append)).stderr).toMatch(
      /is an index; the result is only the image for linux\/amd64/,
    );
    expect((await run('--platform', 'linux/arm64', ...append)).stderr).not.toMatch(/is an index/);
  });
});
