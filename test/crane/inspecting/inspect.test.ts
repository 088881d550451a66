import { describe, expect, it } from '@jest/globals';
import { crane, empty, mutate, random } from 'containerregistry';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { push } from '../../../src/remote/push.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import type { Image } from '../../../src/v1/image.js';
import { ociImageIndex } from '../../../src/v1/types.js';
import { amd, amd64, arm, arm64, multi } from '../../support/images/platform-images.js';
import { referringImage } from '../../support/images/referring-image.js';
import { kinds, requestsOf } from '../../support/servers/request-list.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();

const detailed = (): Image =>
  mutate.annotations(
    mutate.config(crane.image({ 'data.txt': Buffer.from('one') }), {
      Entrypoint: ['/app'],
      Cmd: ['serve'],
      Env: ['A=1'],
      User: '65532',
      WorkingDir: '/srv',
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/data': {} },
      Labels: { team: 'red' },
    }),
    {
      'org.opencontainers.image.base.name': 'alpine:3.20',
      'org.opencontainers.image.base.digest': `sha256:${'1'.repeat(64)}`,
    },
  );

async function sizeOf(image: Image): Promise<number> {
  const { config, layers } = await image.manifest();
  return [await image.size(), config.size, ...layers.map(({ size }) => size)].reduce(
    (sum, size) => sum + size,
    0,
  );
}

describe('inspect of an image', () => {
  it('describes manifest, config and layers with three requests', async () => {
    const image = detailed();
    const reference = `${registry.host}/app:v1`;
    await crane.push(image, reference);
    let found: crane.Inspection | undefined;
    const requests = await requestsOf(registry, async () => {
      found = await crane.inspect(reference);
    });
    expect(kinds(requests)).toEqual({
      'GET /v2/app/manifests/v1': 1,
      'GET /v2/app/blobs/<digest>': 1,
      'GET /v2/app/referrers/<digest>': 1,
    });
    expect(found).toMatchObject({
      location: reference,
      kind: 'image',
      digest: await image.digest(),
      mediaType: await image.mediaType(),
      size: await sizeOf(image),
      base: { name: 'alpine:3.20', digest: `sha256:${'1'.repeat(64)}` },
      manifests: [],
      referrers: [],
      image: {
        entrypoint: ['/app'],
        cmd: ['serve'],
        env: ['A=1'],
        user: '65532',
        workingDir: '/srv',
        ports: ['80/tcp'],
        volumes: ['/data'],
        labels: { team: 'red' },
      },
    });
  });

  it('gives each layer the command that made it, and none if the history does not fit', async () => {
    const image = random.image(10, 2);
    const { layers } = await image.manifest();
    expect((await crane.inspect(image)).image?.layers).toEqual(
      layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType, createdBy: 'random' })),
    );
    const config = await image.configFile();
    const shortened = mutate.configFile(image, { ...config, history: config.history?.slice(1) });
    expect((await crane.inspect(shortened)).image?.layers.map(({ createdBy }) => createdBy)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('lists referrers, unless the options say otherwise', async () => {
    const reference = `${registry.host}/app:v1`;
    await crane.push(amd, reference);
    const subject = await crane.head(reference);
    const signature = referringImage(subject, 'example/signature');
    await crane.push(signature, `${registry.host}/app@${await signature.digest()}`);
    expect((await crane.inspect(reference)).referrers).toMatchObject([
      { artifactType: 'example/signature', digest: await signature.digest(), size: await signature.size() },
    ]);
    const requests = await requestsOf(registry, async () => crane.inspect(reference, { referrers: false }));
    expect(requests.filter((request) => request.includes('referrers'))).toEqual([]);
  });

  it.each(['oci', 'oci-archive', 'docker-archive'] as const)('reads %s', async (kind) => {
    const location = { kind, path: temp.path('stored'), tag: 'app:v1' };
    await crane.writeTo(detailed(), location);
    const found = await crane.inspect(location);
    expect(found).toMatchObject({ kind: 'image', image: { entrypoint: ['/app'] } });
    expect(found.digest).toBe(await crane.digest(location));
    expect(found.referrers).toBeUndefined();
  });
});

describe('inspect of an index', () => {
  it('has one more request for each image, and describes the image for linux/amd64', async () => {
    const reference = `${registry.host}/app:multi`;
    await crane.push(multi, reference);
    let found: crane.Inspection | undefined;
    const requests = await requestsOf(registry, async () => {
      found = await crane.inspect(reference);
    });
    expect(kinds(requests)).toEqual({
      'GET /v2/app/manifests/multi': 1,
      'GET /v2/app/manifests/<digest>': 2,
      'GET /v2/app/blobs/<digest>': 1,
      'GET /v2/app/referrers/<digest>': 1,
    });
    expect(found).toMatchObject({
      kind: 'index',
      digest: await multi.digest(),
      manifests: [
        {
          kind: 'image',
          platform: amd64,
          digest: await amd.digest(),
          size: await sizeOf(amd),
          missing: false,
        },
        { kind: 'image', platform: arm64, digest: await arm.digest(), size: await sizeOf(arm) },
      ],
      image: { digest: await amd.digest() },
    });
  });

  it('counts a blob that several images share once', async () => {
    const other = mutate.annotations(amd, { same: 'layers' });
    const index = mutate.appendManifests(empty.index, [
      { add: amd, descriptor: { platform: amd64 } },
      { add: other, descriptor: { platform: arm64 } },
    ]);
    const { size } = await crane.inspect(index);
    expect(size).toBe((await index.size()) + (await sizeOf(amd)) + (await other.size()));
  });

  it('is of the image if a platform is chosen', async () => {
    const reference = `${registry.host}/app:multi`;
    await crane.push(multi, reference);
    expect(await crane.inspect(reference, { platform: 'linux/arm64' })).toMatchObject({
      kind: 'image',
      digest: await arm.digest(),
      manifests: [],
    });
  });

  it('marks a child that the registry does not have, and an attestation', async () => {
    const unknown = { os: 'unknown', architecture: 'unknown' };
    const index = mutate.appendManifests(multi, [
      { add: random.image(10, 1), descriptor: { platform: unknown } },
    ]);
    const { manifests } = await index.indexManifest();
    const reference = `${registry.host}/app:sparse`;
    await crane.push(index, reference);
    await crane.delete(`${registry.host}/app@${await amd.digest()}`);
    const found = await crane.inspect(reference);
    expect(found.manifests).toMatchObject([
      { digest: manifests[0]!.digest, missing: true, size: undefined },
      { digest: manifests[1]!.digest, missing: false },
      { kind: 'attestation', missing: false },
    ]);
    expect(found.image?.digest).toBe(await arm.digest());
  });

  it('describes the children of nested indexes', async () => {
    const outer = mutate.appendManifests(empty.index, [{ add: multi }]);
    expect((await crane.inspect(outer)).manifests.map(({ kind }) => kind)).toEqual([
      'index',
      'image',
      'image',
    ]);
  });

  it('has a cap on the number of manifests', async () => {
    const failed = crane.inspect(random.index(10, 1, 3), { maxManifests: 2 });
    await expect(failed).rejects.toThrow(LimitExceededError);
    await expect(failed).rejects.toMatchObject({ option: 'maxManifests' });
  });
});

describe('inspect of anything else', () => {
  it('lists the blobs of an artifact', async () => {
    const subject = { mediaType: ociImageIndex, size: 2, digest: `sha256:${'3'.repeat(64)}` as never };
    const artifact = referringImage(subject, 'example/sbom');
    const { layers } = await artifact.manifest();
    const config = { ...(await artifact.manifest()).config, mediaType: 'application/vnd.oci.empty.v1+json' };
    const bytes = Buffer.from(JSON.stringify({ ...(await artifact.manifest()), config }));
    const reference = `${registry.host}/app:sbom`;
    await push(parseReference(`${registry.host}/app:x`), artifact);
    const { digest } = await crane.putManifest(reference, bytes);
    expect(await crane.inspect(reference)).toMatchObject({
      kind: 'artifact',
      artifactType: 'example/sbom',
      digest,
      blobs: layers.map(({ digest, size }) => ({ digest, size })),
      image: undefined,
    });
  });

  it('fails if nothing is found', async () => {
    await expect(crane.inspect(`${registry.host}/app:none`)).rejects.toThrow(NotFoundError);
  });

  it.each([undefined, null, 7, {}])('refuses %p as a source', async (source) => {
    await expect(crane.inspect(source as never)).rejects.toThrow(TypeError);
  });
});
