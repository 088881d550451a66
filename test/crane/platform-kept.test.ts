import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { newFilesystemCache } from '../../src/cache/filesystem-cache.js';
import { appendToIndex } from '../../src/crane/changing/edit-index.js';
import * as crane from '../../src/crane/index.js';
import * as mutate from '../../src/mutate/index.js';
import { index as emptyIndex } from '../../src/empty/image-index.js';
import { image as randomImage } from '../../src/random/image.js';
import * as tarball from '../../src/tarball/index.js';
import type { IndexManifest } from '../../src/v1/manifest.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const registry = useRegistry();
let source: string;
const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
beforeEach(async () => {
  source = `${registry.host}/app:v1`;
  // The config has neither the variant nor the right architecture.
  const add = randomImage(1000, 1, { seed: 'arm' });
  const index = mutate.appendManifests(emptyIndex, [
    { add, descriptor: { platform } },
    {
      add: randomImage(1000, 1, { seed: 'amd64' }),
      descriptor: { platform: { os: 'linux', architecture: 'amd64' } },
    },
  ]);
  await crane.push(index, source);
});

const platformsIn = async (bytes: Uint8Array): Promise<unknown> =>
  Promise.resolve(
    // What was just written.
    (JSON.parse(Buffer.from(bytes).toString()) as IndexManifest).manifests.map((entry) => entry.platform),
  );

describe('an image that is selected from an index', () => {
  it('K12: keeps the platform from the index in a layout', async () => {
    const options = { platform: 'linux/arm/v7' };
    await crane.pullTo([source], dir.path('pulled'), { ...options, format: 'oci' });
    const image = await crane.pull(source, options);
    await crane.saveOci(image, dir.path('saved'));
    await crane.writeTo(image, { kind: 'oci', path: dir.path('tagged'), tag: 'v1' });
    for (const name of ['pulled', 'saved', 'tagged'])
      expect({ name, platforms: await platformsIn(await readFile(dir.path(`${name}/index.json`))) }).toEqual({
        name,
        platforms: [platform],
      });
    const again = await crane.load(dir.path('pulled'), { platform: 'linux/arm/v7' });
    expect(await again.digest()).toBe(await image.digest());
    // Copy from one layout to another, and to a registry, and select by platform each time.
    await crane.writeTo(again, { kind: 'oci', path: dir.path('copied') });
    expect(await platformsIn(await readFile(dir.path('copied/index.json')))).toEqual([platform]);
  });

  it('I6: keeps the platform from the index in another index that it is appended to', async () => {
    const image = await crane.pull(source, { platform: 'linux/arm/v7' });
    await crane.saveOci(image, dir.path('saved'));
    const appended = await appendToIndex(emptyIndex, [{ kind: 'oci', path: dir.path('saved') }]);
    expect(await platformsIn(await appended.rawManifest())).toEqual([platform]);
  });

  it('K12: keeps the platform from the index in an OCI archive', async () => {
    const options = { platform: 'linux/arm/v7' };
    await crane.pullTo([source], dir.path('pulled.tar'), { ...options, format: 'oci-archive' });
    const cache = newFilesystemCache(dir.path('cache'));
    await crane.pullTo([source], dir.path('resumed.tar'), {
      ...options,
      format: 'oci-archive',
      resume: true,
    });
    await crane.pullTo([source], dir.path('cached.tar'), { ...options, format: 'oci-archive', cache });
    for (const name of ['pulled', 'resumed', 'cached']) {
      const { index } = await tarball.open(dir.path(`${name}.tar`));
      expect({ name, platforms: await platformsIn(await index!.rawManifest()) }).toEqual({
        name,
        platforms: [platform],
      });
    }
  });

  it('K16: gets the platform of its config if the index has none', async () => {
    const add = randomImage(1000, 1, { seed: 'bare' });
    const bare = mutate.configFile(add, { ...(await add.configFile()), os: 'linux', architecture: 's390x' });
    const target = `${registry.host}/bare:v1`;
    await crane.push(
      mutate.appendManifests(emptyIndex, [
        { add: bare, descriptor: { platform: { os: '', architecture: '' } } },
      ]),
      target,
    );
    const chosen = { platform: 'linux/s390x' };
    await crane.pullTo([target], dir.path('bare'), { ...chosen, format: 'oci' });
    await crane.pullTo([target], dir.path('bare.tar'), { ...chosen, format: 'oci-archive' });
    const { index } = await tarball.open(dir.path('bare.tar'));
    for (const bytes of [await readFile(dir.path('bare/index.json')), await index!.rawManifest()])
      expect(await platformsIn(bytes)).toEqual([{ os: 'linux', architecture: 's390x' }]);
  });
});
