import { describe, expect, it } from '@jest/globals';
import { crane, empty, mutate, random } from 'containerregistry';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { amd, amd64, arm, multi } from '../../support/images/platform-images.js';
import { referringImage } from '../../support/images/referring-image.js';
import { kinds, requestsOf } from '../../support/servers/request-list.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { useClosing } from '../../support/tools/closing.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();

/** Pushes the index, a signature of it, an SBOM of its first image, and a signature of the SBOM. */
async function pushSigned(host: string) {
  const reference = `${host}/app:multi`;
  await crane.push(multi, reference);
  const place = async (subject: { readonly digest: string }, type: string) => {
    const { digest, size, mediaType } = await crane.head(`${host}/app@${subject.digest}`);
    const artifact = referringImage({ digest, size, mediaType }, type);
    await crane.push(artifact, `${host}/app@${await artifact.digest()}`);
    return { digest: await artifact.digest() };
  };
  const signature = await place({ digest: await multi.digest() }, 'example/signature');
  const sbom = await place({ digest: await amd.digest() }, 'example/sbom');
  const signed = await place(sbom, 'example/signature');
  return { reference, signature, sbom, signed };
}

describe.each([true, false])('tree, from a registry with an API for referrers: %p', (referrers) => {
  it('has the children of the index, and the referrers of each manifest', async () => {
    const registry = await closing(startRegistry({ referrers }));
    const { reference, signature, sbom, signed } = await pushSigned(registry.host);
    const found = await crane.tree(reference);
    expect(found).toMatchObject({
      digest: await multi.digest(),
      manifests: [
        {
          digest: await amd.digest(),
          platform: amd64,
          manifests: [],
          referrers: [
            {
              ...sbom,
              artifactType: 'example/sbom',
              referrers: [
                { ...signed, artifactType: 'example/signature', referrers: [], omitted: undefined },
              ],
            },
          ],
        },
        { digest: await arm.digest(), referrers: [] },
      ],
      referrers: [{ ...signature, artifactType: 'example/signature', manifests: [] }],
      omitted: undefined,
    });
  });
});

describe('tree', () => {
  it('sends one request for the index and one for the referrers of each manifest', async () => {
    const registry = await closing(startRegistry());
    const { reference } = await pushSigned(registry.host);
    const requests = await requestsOf(registry, async () => crane.tree(reference));
    expect(kinds(requests)).toEqual({
      'GET /v2/app/manifests/multi': 1,
      'GET /v2/app/referrers/<digest>': 6,
    });
    const without = await requestsOf(registry, async () => crane.tree(reference, { referrers: false }));
    expect(kinds(without)).toEqual({ 'GET /v2/app/manifests/multi': 1 });
  });

  it('ends at the depth that the options set', async () => {
    const registry = await closing(startRegistry());
    const { reference } = await pushSigned(registry.host);
    expect(await crane.tree(reference, { depth: 0 })).toMatchObject({
      manifests: [],
      referrers: [],
      omitted: 'depth',
    });
    const one = await crane.tree(reference, { depth: 1 });
    expect(one.manifests.map(({ omitted, referrers }) => ({ omitted, referrers }))).toEqual([
      { omitted: 'depth', referrers: [] },
      { omitted: 'depth', referrers: [] },
    ]);
    await expect(crane.tree(reference, { depth: -1 })).rejects.toThrow(TypeError);
  });

  it('is of the image if a platform is chosen', async () => {
    const registry = await closing(startRegistry());
    const { reference, sbom } = await pushSigned(registry.host);
    expect(await crane.tree(reference, { platform: 'linux/amd64' })).toMatchObject({
      digest: await amd.digest(),
      manifests: [],
      referrers: [sbom],
    });
  });

  it('follows a manifest that is listed twice only once', async () => {
    const inner = mutate.appendManifests(empty.index, [{ add: amd }]);
    const annotated = { annotations: { again: 'yes' } };
    const outer = mutate.appendManifests(empty.index, [
      { add: inner },
      { add: inner, descriptor: annotated },
    ]);
    const found = await crane.tree(outer);
    expect(found.manifests.map(({ omitted, manifests }) => [omitted, manifests.length])).toEqual([
      [undefined, 1],
      ['repeated', 0],
    ]);
  });

  it('reads a layout, which has no referrers', async () => {
    const location = { kind: 'oci', path: temp.path('layout'), tag: 'v1' } as const;
    await crane.writeTo(multi, location);
    const found = await crane.tree(location);
    expect(found).toMatchObject({ digest: await multi.digest(), referrers: [], omitted: undefined });
    expect(found.manifests.map(({ digest, omitted }) => [digest, omitted])).toEqual([
      [await amd.digest(), undefined],
      [await arm.digest(), undefined],
    ]);
  });

  it('marks a nested index that the registry does not have', async () => {
    const registry = await closing(startRegistry());
    const reference = `${registry.host}/app:outer`;
    await crane.push(mutate.appendManifests(empty.index, [{ add: multi }]), reference);
    await crane.delete(`${registry.host}/app@${await multi.digest()}`);
    expect((await crane.tree(reference)).manifests).toMatchObject([{ omitted: 'missing', manifests: [] }]);
  });

  it('has a cap on the number of manifests', async () => {
    const failed = crane.tree(random.index(10, 1, 3), { maxManifests: 2 });
    await expect(failed).rejects.toThrow(LimitExceededError);
    await expect(failed).rejects.toMatchObject({ option: 'maxManifests' });
  });
});
