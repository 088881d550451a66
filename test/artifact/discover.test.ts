import { describe, expect, it } from '@jest/globals';
import { artifact, crane, empty, mutate, name, random, remote, v1 } from 'containerregistry';
import { startRegistry } from '../support/servers/start-registry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useServers } from '../support/servers/http-server.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const servers = useServers();
const at = (reference: string): string => `${registry.host}/${reference}`;

describe('artifact.discover', () => {
  it('returns a tree of references, types, sizes and annotations', async () => {
    await crane.push(random.image(100, 1), at('app:v1'));
    const sbom = await artifact.attach(at('app:v1'), {
      type: 'application/spdx+json',
      annotations: { k: 'v', 'org.opencontainers.image.created': 'x' },
      files: [{ content: '{}', title: 'sbom.json' }],
    });
    const signature = await artifact.attach(sbom.reference, { type: 'application/signature' });
    const { digest } = await remote.head(name.newTag(at('app:v1')));
    expect(await artifact.discover(at('app:v1'))).toMatchObject({
      reference: at(`app@${digest}`),
      digest,
      mediaType: v1.types.dockerManifestSchema2,
      referrers: [
        {
          ...{ reference: sbom.reference, digest: sbom.digest, size: sbom.size },
          mediaType: v1.types.ociManifestSchema1,
          artifactType: 'application/spdx+json',
          annotations: { k: 'v', 'org.opencontainers.image.created': 'x' },
          referrers: [{ digest: signature.digest, artifactType: 'application/signature', referrers: [] }],
        },
      ],
    });
    expect((await crane.listTags(at('app'))).sort()).toEqual(['v1']);
  });

  it('lists only a type, and only some levels', async () => {
    await crane.push(random.image(100, 1), at('app:v1'));
    const first = await artifact.attach(at('app:v1'), { type: 'a/one' });
    await artifact.attach(at('app:v1'), { type: 'a/two' });
    await artifact.attach(first.reference, { type: 'a/one', annotations: { nested: '1' } });
    const shape = async (options: artifact.DiscoverOptions): Promise<readonly number[]> => {
      const { referrers } = await artifact.discover(at('app:v1'), options);
      return referrers.map(({ referrers: below }) => below.length).sort();
    };
    expect(await shape({})).toEqual([0, 1]);
    expect(await shape({ type: 'a/one' })).toEqual([1]);
    expect(await shape({ type: 'a/two' })).toEqual([0]);
    expect(await shape({ depth: 1 })).toEqual([0, 0]);
    expect(await shape({ depth: 0 })).toEqual([]);
    await expect(artifact.discover(at('app:v1'), { depth: -1 })).rejects.toThrow(TypeError);
    await expect(artifact.discover(at('app:v1'), { maxCount: 2 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      option: 'maxCount',
    });
  });

  it('reads a layout, in which the referrers of all its manifests are listed', async () => {
    const layout = { kind: 'oci', path: temp.path('layout'), tag: 'v1' } as const;
    const index = mutate.appendManifests(empty.index, [{ add: random.image(100, 1) }]);
    await crane.writeTo(index, layout);
    const sbom = await artifact.attach(layout, { type: 'a/sbom', files: [{ content: 'x' }] });
    const onIndex = mutate.subject(mutate.appendManifests(empty.index, [{ add: random.image(9, 1) }]), {
      mediaType: sbom.mediaType,
      digest: v1.newHash(sbom.digest),
      size: sbom.size,
    });
    await crane.writeTo(onIndex, { kind: 'oci', path: layout.path, tag: 'other' });
    const tree = await artifact.discover(layout);
    expect(tree).toMatchObject({
      reference: `oci:${layout.path}@${await index.digest()}`,
      referrers: [
        {
          reference: sbom.reference,
          artifactType: 'a/sbom',
          referrers: [{ digest: await onIndex.digest() }],
        },
      ],
    });
    await artifact.push(layout, { type: 'a/b' });
    await expect(artifact.attach({ kind: 'oci-archive', path: 'x' }, { type: 'a/b' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  it('attaches to the index, or to the image for a platform', async () => {
    const [amd64, arm64] = ['amd64', 'arm64'].map((architecture) => ({
      add: random.image(100, 1),
      descriptor: { platform: { os: 'linux', architecture } },
    }));
    await crane.push(mutate.appendManifests(empty.index, [amd64!, arm64!]), at('multi:v1'));
    await artifact.attach(at('multi:v1'), { type: 'a/index' });
    await artifact.attach(at('multi:v1'), { type: 'a/image' }, { platform: 'linux/arm64' });
    const types = async (options: artifact.DiscoverOptions): Promise<readonly unknown[]> =>
      (await artifact.discover(at('multi:v1'), options)).referrers.map(({ artifactType }) => artifactType);
    expect(await types({})).toEqual(['a/index']);
    expect(await types({ platform: 'linux/arm64' })).toEqual(['a/image']);
    expect(await types({ platform: 'linux/amd64' })).toEqual([]);
  });

  it('fails for a subject that does not exist, and for an attachment without a type', async () => {
    await expect(artifact.discover(at('none:v1'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(artifact.attach(at('none:v1'), { type: 'a/b' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(artifact.attach(at('none:v1'), {} as artifact.Attachment)).rejects.toThrow('type must be');
    await expect(artifact.discover({ kind: 'docker-daemon', reference: 'a' })).rejects.toThrow();
  });

  it('ends at a registry that invents a chain of referrers, or lists a manifest as its own referrer', async () => {
    const backend = await startRegistry();
    const manifest = `${backend.host}/app:v1`;
    await crane.push(random.image(100, 1), manifest);
    const digest = await crane.digest(manifest);
    let invent = (subject: string): string => subject;
    const server = await servers.http((request, response) => {
      const subject = /\/referrers\/(sha256:[0-9a-f]+)/.exec(decodeURIComponent(request.url ?? ''))?.[1];
      if (request.url === '/v2/') {
        response.end('{}');
        return;
      }
      if (subject === undefined) {
        response.writeHead(307, { location: `${backend.url}${request.url}` }).end();
        return;
      }
      const child = { mediaType: v1.types.ociManifestSchema1, digest: invent(subject), size: 2 };
      response
        .writeHead(200, { 'content-type': v1.types.ociImageIndex })
        .end(JSON.stringify({ schemaVersion: 2, mediaType: v1.types.ociImageIndex, manifests: [child] }));
    });
    const reference = `${server.host}/app@${digest}`;
    expect((await artifact.discover(reference)).referrers).toEqual([]);
    let count = 0;
    invent = () => `sha256:${String((count += 1)).padStart(64, '0')}`;
    await expect(artifact.discover(reference)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      option: 'depth',
    });
    expect(count).toBeLessThan(20);
    await backend.close();
  });
});
