import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryOptions } from '../../src/registry/http/options.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { ConformanceClient, expectError, randomBlob } from './conformance-client.js';
import { DataSet, imageType } from './conformance-data.js';

let registry: StartedRegistry;
let client: ConformanceClient;

beforeEach(async () => {
  await start({ requireBlobs: false });
});
afterEach(async () => {
  await registry.close();
});

async function start(options: RegistryOptions): Promise<void> {
  registry = await startRegistry(options);
  client = new ConformanceClient(registry.url);
}

async function put(repository: string, reference: string, content: Uint8Array): Promise<void> {
  const headers = { 'Content-Type': imageType };
  const path = `/v2/${repository}/manifests/${reference}`;
  expect((await client.ask(path, { method: 'PUT', headers, body: content })).status).toBe(201);
}

/** Follows the links from the first page to the last one, and returns the items of all pages. */
async function allPages<T>(
  path: string,
  items: (document: unknown) => readonly T[],
): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const response = await client.ask(next);
    expect(response.status).toBe(200);
    pages.push(items(response.json()));
    const link = response.headers.link as string | undefined;
    next = link === undefined ? undefined : /^<(\/v2\/[^>]+)>; rel="next"$/.exec(link)![1];
  }
  return pages;
}

const tagsOf = (document: unknown): readonly string[] => (document as { tags: string[] }).tags;
const namesOf = (document: unknown): readonly string[] =>
  (document as { repositories: string[] }).repositories;
const digestsOf = (document: unknown): readonly string[] =>
  (document as { manifests: { digest: string }[] }).manifests.map(({ digest }) => digest);

describe('listing tags', () => {
  const sorted = ['A', 'Z', '_', 'a', 'a.b', 'b', 'b-1', 'b1'];
  beforeEach(async () => {
    const { content } = new DataSet().image();
    for (const tag of [...sorted].reverse()) await put('app', tag, content);
  });

  it('returns all tags in ASCII order', async () => {
    expect(await allPages('/v2/app/tags/list', tagsOf)).toEqual([sorted]);
  });

  it('returns pages, each with a link to the next', async () => {
    expect(await allPages('/v2/app/tags/list?n=3', tagsOf)).toEqual([
      sorted.slice(0, 3),
      sorted.slice(3, 6),
      sorted.slice(6),
    ]);
    expect(await allPages('/v2/app/tags/list?n=4', tagsOf)).toEqual([sorted.slice(0, 4), sorted.slice(4)]);
    expect(await allPages('/v2/app/tags/list?n=8', tagsOf)).toEqual([sorted]);
  });

  it.each([
    ['?last=Z', ['_', 'a', 'a.b', 'b', 'b-1', 'b1']],
    ['?last=M', ['Z', '_', 'a', 'a.b', 'b', 'b-1', 'b1']],
    ['?n=2&last=a', ['a.b', 'b']],
    ['?n=0', []],
    ['?n=0&last=a', []],
  ])('returns for the query %s the tags that follow', async (query, tags) => {
    const response = await client.ask(`/v2/app/tags/list${query}`);
    expect(response.json()).toEqual({ name: 'app', tags });
    expect('link' in response.headers).toBe(query === '?n=2&last=a');
  });

  it('E14: returns an empty page if `last` is after the last tag', async () => {
    const response = await client.ask('/v2/app/tags/list?last=zzz');
    expect(response.json()).toEqual({ name: 'app', tags: [] });
    expect(response.headers.link).toBeUndefined();
  });

  it.each(['-1', '1.5', 'x', '', '1e3', ' 1', '9'.repeat(400)])('E14: refuses n=%j', async (n) => {
    expectError(await client.ask(`/v2/app/tags/list?n=${encodeURIComponent(n)}`), 400, 'UNSUPPORTED');
    expectError(await client.ask(`/v2/_catalog?n=${encodeURIComponent(n)}`), 400, 'UNSUPPORTED');
  });

  it('E14: limits a huge n to the maximum page size, and keeps it in the link', async () => {
    await registry.close();
    await start({ requireBlobs: false, maxPageSize: 3 });
    const { content } = new DataSet().image();
    for (const tag of sorted) await put('app', tag, content);
    const pages = await allPages('/v2/app/tags/list?n=1000000000000', tagsOf);
    expect(pages).toEqual([sorted.slice(0, 3), sorted.slice(3, 6), sorted.slice(6)]);
    expect(await allPages('/v2/app/tags/list', tagsOf)).toEqual(pages);
  });
});

describe('listing repositories', () => {
  it('returns the repositories that have manifests, in ASCII order, in pages', async () => {
    expect((await client.ask('/v2/_catalog')).json()).toEqual({ repositories: [] });
    const names = ['a', 'a/b', 'b', 'c-d', 'c.d'].sort();
    for (const name of [...names].reverse()) await put(name, 'latest', new DataSet().image().content);
    await client.push('only/blobs', randomBlob(1));
    expect(await allPages('/v2/_catalog', namesOf)).toEqual([names]);
    expect(await allPages('/v2/_catalog?n=2', namesOf)).toEqual([
      names.slice(0, 2),
      names.slice(2, 4),
      names.slice(4),
    ]);
  });
});

describe('listing referrers', () => {
  const subject = { mediaType: imageType, digest: randomBlob(1).digest, size: 1 };

  async function pushReferrers(
    count: number,
    fields: Record<string, unknown> = {},
  ): Promise<readonly string[]> {
    const set = new DataSet();
    const referrers = Array.from({ length: count }, () => set.artifact({ subject, ...fields }));
    for (const { digest, content } of referrers) await put('app', digest, content);
    return referrers.map(({ digest }) => digest).sort();
  }

  it('returns pages whose links keep the filter', async () => {
    await pushReferrers(2, { artifactType: 'application/vnd.other' });
    const digests = await pushReferrers(5, { artifactType: 'application/vnd.wanted+json' });
    const path = `/v2/app/referrers/${subject.digest}?n=2&artifactType=${encodeURIComponent('application/vnd.wanted+json')}`;
    const pages = await allPages(path, digestsOf);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(digests);
    const sloppy = await client.ask(
      `/v2/app/referrers/${subject.digest}?artifactType=application/vnd.wanted+json`,
    );
    expect(digestsOf(sloppy.json())).toEqual(digests);
  });

  it('returns no page that is larger than the maximum size of a manifest', async () => {
    await registry.close();
    await start({ requireBlobs: false, maxManifestBytes: 10_000 });
    const digests = await pushReferrers(7, { annotations: { text: 'x'.repeat(3000) } });
    const sizes: number[] = [];
    const pages = await allPages(`/v2/app/referrers/${subject.digest}`, (document) => {
      sizes.push(Buffer.byteLength(JSON.stringify(document)));
      return digestsOf(document);
    });
    expect(pages.flat()).toEqual(digests);
    expect(pages.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000);
  });

  it('keeps an annotation whose key is also a property of every object', async () => {
    const annotations = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, unknown>;
    await pushReferrers(1, { annotations });
    const response = await client.ask(`/v2/app/referrers/${subject.digest}`);
    expect(response.body.toString()).toContain('"annotations":{"__proto__":"x","constructor":"y"}');
  });

  it('responds with 404 if referrers are disabled, and a push has no OCI-Subject', async () => {
    await registry.close();
    await start({ requireBlobs: false, referrers: false });
    const { content, digest } = new DataSet().artifact({ subject });
    const headers = { 'Content-Type': imageType };
    const response = await client.ask(`/v2/app/manifests/${digest}`, {
      method: 'PUT',
      headers,
      body: content,
    });
    expect(response.status).toBe(201);
    expect(response.headers['oci-subject']).toBeUndefined();
    expectError(await client.ask(`/v2/app/referrers/${subject.digest}`), 404, 'UNSUPPORTED');
  });
});
