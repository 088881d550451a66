import { describe, expect, it } from '@jest/globals';
import { crane, empty, mutate, random } from 'containerregistry';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import type { Image } from '../../../src/v1/image.js';
import { amd, amd64, arm, arm64, imageFor, multi } from '../../support/images/platform-images.js';
import { kinds, requestsOf } from '../../support/servers/request-list.js';
import { useRegistry } from '../../support/servers/use-registry.js';

const registry = useRegistry();
const base = (): string => `${registry.host}/base:1`;
const app = (): string => `${registry.host}/app:v1`;

const recording = (image: Image, digest?: string): Image =>
  mutate.annotations(image, {
    'org.opencontainers.image.base.name': base(),
    ...(digest !== undefined && { 'org.opencontainers.image.base.digest': digest }),
  });

/** An image that consists of the layers of another one and one more. */
async function builtOn(image: Image): Promise<Image> {
  const [added] = await random.image(10, 1).layers();
  return mutate.appendLayers(image, [added!]);
}

describe('checkBase by the recorded digest', () => {
  it('is current while the base has that digest, which costs two requests', async () => {
    await crane.push(multi, base());
    await crane.push(recording(await builtOn(amd), await multi.digest()), app());
    let checked: crane.CheckedBase | undefined;
    const requests = await requestsOf(registry, async () => {
      checked = await crane.checkBase(app());
    });
    expect(checked).toMatchObject({
      status: 'current',
      checks: [{ method: 'digest', base: base(), currentDigest: await multi.digest() }],
    });
    expect(kinds(requests)).toEqual({ 'GET /v2/app/manifests/v1': 1, 'HEAD /v2/base/manifests/1': 1 });
  });

  it('is current if an image of the base has that digest', async () => {
    await crane.push(multi, base());
    await crane.push(recording(await builtOn(amd), await amd.digest()), app());
    expect(await crane.checkBase(app())).toMatchObject({ status: 'current', checks: [{ method: 'digest' }] });
  });

  it('is outdated after the base has moved', async () => {
    await crane.push(recording(await builtOn(amd), await amd.digest()), app());
    await crane.push(imageFor('newer'), base());
    expect(await crane.checkBase(app())).toMatchObject({
      status: 'outdated',
      checks: [
        {
          method: 'digest',
          recordedDigest: await amd.digest(),
          currentDigest: await imageFor('newer').digest(),
          reason: 'the base has another digest than the recorded one',
        },
      ],
    });
  });

  it('ignores the digest of another base than the one to compare with', async () => {
    await crane.push(amd, `${registry.host}/other:1`);
    await crane.push(recording(await builtOn(amd), `sha256:${'0'.repeat(64)}`), app());
    const checked = await crane.checkBase(app(), { base: `${registry.host}/other:1` });
    expect(checked).toMatchObject({ status: 'current', checks: [{ method: 'layers' }] });
  });

  it('uses the annotations of an index', async () => {
    await crane.push(multi, base());
    const annotated = mutate.annotations(multi, {
      'org.opencontainers.image.base.name': base(),
      'org.opencontainers.image.base.digest': await multi.digest(),
    });
    await crane.push(annotated, app());
    const { checks } = await crane.checkBase(app());
    expect(checks).toMatchObject([{ status: 'current', method: 'digest' }]);
  });
});

describe('checkBase by layers', () => {
  it.each([
    ['current', 'the image begins with the layers of the base', amd],
    ['outdated', 'the image does not begin with the layers of the base', imageFor('newer')],
  ] as const)('is %s if %s', async (status, reason, present) => {
    await crane.push(present, base());
    await crane.push(recording(await builtOn(amd)), app());
    expect(await crane.checkBase(app())).toMatchObject({
      status,
      checks: [{ status, reason, method: 'layers', platform: amd64 }],
    });
  });

  it('compares the content of layers, not how it is compressed', async () => {
    await crane.push(mutate.recompress(amd, 'gzip', { compressionLevel: 9 }), base());
    expect((await crane.checkBase(await builtOn(amd), { base: base() })).status).toBe('current');
  });

  it('checks each image of an index against the base for its platform', async () => {
    await crane.push(multi, base());
    const index = mutate.appendManifests(empty.index, [
      { add: await builtOn(amd), descriptor: { platform: amd64 } },
      { add: await builtOn(imageFor('old', arm64)), descriptor: { platform: arm64 } },
    ]);
    await crane.push(index, app());
    const checked = await crane.checkBase(app(), { base: base() });
    expect(checked.status).toBe('outdated');
    expect(checked.checks.map(({ platform, status }) => [platform, status])).toEqual([
      [amd64, 'current'],
      [arm64, 'outdated'],
    ]);
    const one = await crane.checkBase(app(), { base: base(), platform: 'linux/amd64' });
    expect(one.status).toBe('current');
  });

  it('is unknown if the base has no image for the platform', async () => {
    await crane.push(
      mutate.appendManifests(empty.index, [{ add: amd, descriptor: { platform: amd64 } }]),
      base(),
    );
    expect(await crane.checkBase(arm, { base: base() })).toMatchObject({
      status: 'unknown',
      checks: [{ reason: 'the base has no image for linux/arm64' }],
    });
  });
});

describe('checkBase', () => {
  it.each([
    ['the image does not record the name of its base', undefined],
    ['the recorded name of the base is not a reference', 'not a reference'],
  ])('is unknown if %s', async (reason, name) => {
    const image =
      name === undefined ? amd : mutate.annotations(amd, { 'org.opencontainers.image.base.name': name });
    expect(await crane.checkBase(image)).toMatchObject({ status: 'unknown', checks: [{ reason }] });
  });

  it('is unknown if the base has no layers', async () => {
    await crane.push(empty.image, base());
    expect(await crane.checkBase(amd, { base: base() })).toMatchObject({
      status: 'unknown',
      checks: [{ reason: 'the base has no layers' }],
    });
  });

  it('fails if the base does not exist', async () => {
    await expect(crane.checkBase(amd, { base: base() })).rejects.toThrow(NotFoundError);
    await expect(crane.checkBase(recording(amd, await amd.digest()))).rejects.toThrow(NotFoundError);
  });
});
