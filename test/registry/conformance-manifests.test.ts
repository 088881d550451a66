import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Algorithm,
  type ConformanceClient,
  digestOf,
  expectError,
  randomBlob,
} from './conformance-client.js';
import { DataSet, dataSets, imageType, indexType, type ManifestData, sparse } from './conformance-data.js';
import { type Target, targets } from './conformance-targets.js';

// The cases of https://github.com/opencontainers/distribution-spec/tree/main/conformance
const repository = 'conformance/repo1';
const path = (reference: string): string => `/v2/${repository}/manifests/${reference}`;

describe.each(targets)('the registry %s', (_name, start) => {
  let target: Target;
  let client: ConformanceClient;
  beforeAll(async () => {
    target = await start();
    client = target.client;
  });
  afterAll(async () => {
    await target.close();
  });

  it('lists no tags and no referrers of a repository that does not exist', async () => {
    expectError(await client.ask('/v2/nobody/here/tags/list'), 404, 'NAME_UNKNOWN');
    expect(await referrers(client, 'nobody/here', randomBlob(8).digest)).toEqual([]);
  });

  it.each(dataSets)('accepts, lists, serves and deletes %s', async (_what, make) => {
    await roundTrip(client, make());
  });

  it.each<Algorithm>(['sha256', 'sha512'])(
    'sets the tags in the query of a push by a %s digest',
    async (algorithm) => {
      const set = new DataSet(algorithm);
      const { digest, content } = set.image();
      for (const blob of set.blobs) await client.push(repository, blob);
      const tags = Array.from({ length: 12 }, (_, i) => `param-${algorithm}-${i}`);
      const query = tags.map((tag) => `tag=${tag}`).join('&');
      const put = await putManifest(client, `${digest}?${query}`, imageType, content);
      expect(put.status).toBe(201);
      expect(String(put.headers['oci-tag']).split(/\s*,\s*/)).toEqual(tags);
      for (const tag of tags) {
        expect((await client.ask(path(tag))).headers['docker-content-digest']).toBe(digest);
        expect((await client.ask(path(tag), { method: 'DELETE' })).status).toBe(202);
      }
      expect((await client.ask(path(digest), { method: 'DELETE' })).status).toBe(202);
    },
  );

  it('refuses a manifest whose digest differs from the one in the URL', async () => {
    const set = new DataSet();
    const { digest, content } = set.image();
    for (const blob of set.blobs) await client.push(repository, blob);
    const spaced = Buffer.concat([content, Buffer.from('  ')]);
    expectError(await putManifest(client, digest, imageType, spaced), 400, 'DIGEST_INVALID');
    expectError(await client.ask(path(digest)), 404, 'MANIFEST_UNKNOWN');
    expectError(await client.ask(path(digestOf(spaced))), 404, 'MANIFEST_UNKNOWN');
  });

  it('refuses an invalid digest', async () => {
    const bad = path('sha256:baddigeststring');
    expectError(await client.ask(bad, { method: 'PUT', body: '{}' }), 400, 'DIGEST_INVALID');
    expectError(await client.ask(bad), 400, 'DIGEST_INVALID');
    expectError(await client.ask(`/v2/${repository}/referrers/sha256:bad`), 400, 'DIGEST_INVALID');
  });

  it('responds with 404 for a manifest that does not exist', async () => {
    expectError(await client.ask(path('missing')), 404, 'MANIFEST_UNKNOWN');
    expectError(await client.ask(path(randomBlob(8).digest)), 404, 'MANIFEST_UNKNOWN');
  });
});

it.each(targets)(
  'the registry %s accepts manifests whose content is missing if requireBlobs is false',
  async (_name, start) => {
    const target = await start({ requireBlobs: false });
    try {
      await roundTrip(target.client, sparse());
    } finally {
      await target.close();
    }
  },
);

async function roundTrip(client: ConformanceClient, set: DataSet): Promise<void> {
  for (const blob of set.blobs) await client.push(repository, blob);
  for (const manifest of set.manifests) {
    await expectPush(client, manifest, manifest.digest);
  }
  const byDigest = new Map(set.manifests.map((manifest) => [manifest.digest, manifest]));
  for (const [tag, digest] of set.tags) await expectPush(client, byDigest.get(digest)!, tag);

  await expectTags(client, [...set.tags.keys()]);
  for (const manifest of set.manifests) await expectManifest(client, manifest, manifest.digest);
  for (const [tag, digest] of set.tags) await expectManifest(client, byDigest.get(digest)!, tag);
  for (const blob of set.blobs) await client.expectBlob(repository, blob);
  await expectReferrers(client, set);

  for (const tag of set.tags.keys()) await expectDeleted(client, tag);
  for (const { digest } of [...set.manifests].reverse()) await expectDeleted(client, digest);
  for (const digest of new Set(set.blobs.map((blob) => blob.digest)))
    await client.deleteBlob(repository, digest);
  for (const subject of subjects(set)) expect(await referrers(client, repository, subject)).toEqual([]);
}

async function putManifest(client: ConformanceClient, reference: string, type: string, body: Buffer) {
  return client.ask(path(reference), { method: 'PUT', headers: { 'Content-Type': type }, body });
}

async function expectPush(
  client: ConformanceClient,
  manifest: ManifestData,
  reference: string,
): Promise<void> {
  const { content, descriptor, digest, document } = manifest;
  const put = await putManifest(client, reference, descriptor.mediaType, content);
  expect(put.status).toBe(201);
  expect(put.headers['docker-content-digest']).toBe(digest);
  expect(put.headers['oci-subject']).toBe((document.subject as { digest: string } | undefined)?.digest);
  const got = await client.ask(String(put.headers.location));
  expect(got.headers['content-type']).toBe(descriptor.mediaType);
  expect(got.body.equals(content)).toBe(true);
}

async function expectManifest(
  client: ConformanceClient,
  manifest: ManifestData,
  reference: string,
): Promise<void> {
  for (const method of ['HEAD', 'GET']) {
    const response = await client.ask(path(reference), { method });
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': manifest.descriptor.mediaType,
      'content-length': String(manifest.content.byteLength),
      'docker-content-digest': manifest.digest,
    });
    expect(response.body.equals(method === 'HEAD' ? Buffer.alloc(0) : manifest.content)).toBe(true);
  }
}

async function expectTags(client: ConformanceClient, tags: readonly string[]): Promise<void> {
  const list = async (query = ''): Promise<readonly string[]> => {
    const response = await client.ask(`/v2/${repository}/tags/list${query}`);
    expect(response.status).toBe(200);
    const { name, tags: listed } = response.json() as { name: string; tags: string[] };
    expect(name).toBe(repository);
    return listed;
  };
  expect(await list()).toEqual([...tags].sort());
  const sorted = [...tags].sort();
  const half = Math.floor(sorted.length / 2);
  if (half > 0) expect(await list(`?last=${sorted[half - 1]!}`)).toEqual(sorted.slice(half));
}

async function expectDeleted(client: ConformanceClient, reference: string): Promise<void> {
  expect((await client.ask(path(reference), { method: 'DELETE' })).status).toBe(202);
  expect((await client.ask(path(reference), { method: 'HEAD' })).status).toBe(404);
}

interface Referrer {
  readonly digest: string;
  readonly artifactType?: string;
}

async function referrers(
  client: ConformanceClient,
  name: string,
  subject: string,
  query = '',
): Promise<Referrer[]> {
  const response = await client.ask(`/v2/${name}/referrers/${subject}${query}`);
  expect(response.status).toBe(200);
  expect(response.headers['content-type']).toBe(indexType);
  expect(response.headers['oci-filters-applied']).toBe(query === '' ? undefined : 'artifactType');
  const index = response.json() as { manifests: Referrer[] };
  expect(index).toMatchObject({ schemaVersion: 2, mediaType: indexType });
  return index.manifests;
}

function subjects(set: DataSet): ReadonlySet<string> {
  const all = set.manifests.map(
    ({ document }) => (document.subject as { digest: string } | undefined)?.digest,
  );
  return new Set(all.filter((digest) => digest !== undefined));
}

async function expectReferrers(client: ConformanceClient, set: DataSet): Promise<void> {
  for (const subject of subjects(set)) {
    const expected = set.manifests
      .filter(({ document }) => (document.subject as { digest: string } | undefined)?.digest === subject)
      .map(({ descriptor, document }) => {
        const own = (document.artifactType ??
          (document.config as { mediaType: string } | undefined)?.mediaType) as string;
        const { annotations } = document;
        return { ...descriptor, ...(own && { artifactType: own }), ...(annotations ? { annotations } : {}) };
      })
      .sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await referrers(client, repository, subject)).toEqual(expected);
    const types = new Set(expected.map(({ artifactType }) => artifactType));
    for (const type of types) {
      if (type === undefined) continue;
      const filtered = await referrers(
        client,
        repository,
        subject,
        `?artifactType=${encodeURIComponent(type)}`,
      );
      expect(filtered).toEqual(expected.filter(({ artifactType }) => artifactType === type));
    }
  }
}
