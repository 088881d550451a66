import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'node:http';
import { newInMemoryManifestStore } from '../../src/registry/store/memory/manifests.js';
import type { RegistryOptions } from '../../src/registry/http/options.js';
import { newHash } from '../../src/v1/hash.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { ConformanceClient, expectError, randomBlob } from './conformance-client.js';
import { DataSet, imageType, indexType } from './conformance-data.js';

let registry: StartedRegistry;
let client: ConformanceClient;

async function restart(options: RegistryOptions): Promise<void> {
  await registry.close();
  registry = await startRegistry(options);
  client = new ConformanceClient(registry.url);
}

beforeEach(async () => {
  registry = await startRegistry();
  client = new ConformanceClient(registry.url);
});
afterEach(async () => {
  await registry.close();
});

async function put(reference: string, body: Uint8Array | string, type: string | undefined = imageType) {
  const headers = type === '' ? {} : { 'Content-Type': type };
  return client.ask(`/v2/app/manifests/${reference}`, { method: 'PUT', headers, body });
}

async function pushImage() {
  const set = new DataSet();
  const image = set.image();
  for (const blob of set.blobs) await client.push('app', blob);
  return { set, image };
}

describe('pushing a manifest to the registry', () => {
  it('E5: refuses a manifest whose digest differs from the one in the URL', async () => {
    const { image } = await pushImage();
    expectError(await put(randomBlob(1).digest, image.content), 400, 'DIGEST_INVALID');
    expect((await put(image.digest, image.content)).status).toBe(201);
  });

  it.each([
    ['text', 'foo'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['text that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an object that is not an image', '{}'],
    [
      'an image with an invalid digest',
      '{"schemaVersion":2,"config":{"digest":"sha256:x","size":1,"mediaType":"a/b"},"layers":[]}',
    ],
    [
      'an image that climbs',
      '{"schemaVersion":2,"config":{"digest":"sha256:../../etc/passwd","size":1,"mediaType":"a/b"},"layers":[]}',
    ],
    ['deeply nested lists', '['.repeat(100_000)],
  ])('E6: refuses %s', async (_what, body) => {
    expectError(await put('latest', body), 400, 'MANIFEST_INVALID');
    expectError(await client.ask('/v2/app/manifests/latest'), 404, 'MANIFEST_UNKNOWN');
  });

  it('Z7: refuses a media type that is not one of a manifest', async () => {
    const types = ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/json', 'application/pdf'];
    for (const type of types) {
      expectError(await put('latest', '{"a":"<script>"}', type), 400, 'MANIFEST_INVALID');
      expectError(await put('latest', `{"mediaType":"${type}"}`, ''), 400, 'MANIFEST_INVALID');
    }
    const vendor = 'application/vnd.example.manifest.v1+json';
    expect((await put('latest', '{}', vendor)).status).toBe(201);
    const found = await client.ask('/v2/app/manifests/latest');
    expect(found.headers).toMatchObject({ 'content-type': vendor, 'x-content-type-options': 'nosniff' });
    const refused = await client.ask('/v2/app/manifests/absent');
    expect(refused.headers['x-content-type-options']).toBe('nosniff');
  });

  it('Z7: serves a manifest that the store has under another media type as application/octet-stream', async () => {
    const manifests = newInMemoryManifestStore();
    const digest = newHash(randomBlob(1).digest);
    await manifests.put('app', { digest, mediaType: 'text/html', size: 2 }, Buffer.from('{}'), ['latest']);
    const other = await startRegistry({ manifests });
    const found = await new ConformanceClient(other.url).ask('/v2/app/manifests/latest');
    expect(found.headers['content-type']).toBe('application/octet-stream');
    await other.close();
  });

  it('Z11: refuses a name that is not a valid tag, and reads of it respond with 404', async () => {
    for (const name of ['.INVALID_MANIFEST_NAME', 't'.repeat(129), '-x', 'a%20b']) {
      for (const method of ['GET', 'DELETE']) {
        expectError(await client.ask(`/v2/app/manifests/${name}`, { method }), 404, 'MANIFEST_UNKNOWN');
      }
      expect((await client.ask(`/v2/app/manifests/${name}`, { method: 'HEAD' })).status).toBe(404);
      expectError(await put(name, '{}'), 400, 'DIGEST_INVALID');
    }
    expectError(await client.ask('/v2/app/manifests/sha256:x'), 400, 'DIGEST_INVALID');
  });

  it('Z12: refuses schemaVersion 1 under an OCI type with status 400', async () => {
    const { image } = await pushImage();
    const old = image.content.toString().replace(/"schemaVersion": ?2/, '"schemaVersion":1');
    expect(old).toContain('"schemaVersion":1');
    expectError(await put('latest', old), 400, 'MANIFEST_INVALID');
  });

  it('E6: refuses a document whose mediaType differs from the Content-Type', async () => {
    const { image } = await pushImage();
    expectError(await put('latest', image.content, indexType), 400, 'MANIFEST_INVALID');
    expectError(await put('latest', image.content, 'text/plain'), 400, 'MANIFEST_INVALID');
    expect((await put('latest', image.content, '')).status).toBe(201);
    expect((await put('latest', image.content, `${imageType.toUpperCase()}; charset=utf-8`)).status).toBe(
      201,
    );
    expect((await client.ask('/v2/app/manifests/latest')).headers['content-type']).toBe(imageType);
  });

  it('E6: refuses an image or index if a part of it is missing', async () => {
    const set = new DataSet();
    const image = set.image();
    const index = set.index([image]);
    expectError(await put('latest', image.content), 400, 'MANIFEST_BLOB_UNKNOWN');
    expectError(await put('latest', index.content, indexType), 400, 'MANIFEST_BLOB_UNKNOWN');
    for (const blob of set.blobs.slice(1)) await client.push('app', blob);
    expectError(await put('latest', image.content), 400, 'MANIFEST_BLOB_UNKNOWN');
    await client.push('other', set.blobs[0]!);
    expectError(await put('latest', image.content), 400, 'MANIFEST_BLOB_UNKNOWN');
    await client.push('app', set.blobs[0]!);
    expect((await put('latest', image.content)).status).toBe(201);
    expect((await put('all', index.content, indexType)).status).toBe(201);
  });

  it('E6: refuses a descriptor whose size differs from that of its blob', async () => {
    const set = new DataSet();
    const blob = set.blob('application/octet-stream');
    const image = set.image({ layers: [{ ...blob, size: blob.size + 1 }] });
    for (const one of set.blobs) await client.push('app', one);
    expectError(await put('latest', image.content), 400, 'MANIFEST_INVALID');
  });

  it('accepts an index that lists a blob', async () => {
    const set = new DataSet();
    const descriptor = set.blob('application/octet-stream');
    const index = set.index([], { manifests: [descriptor] });
    for (const one of set.blobs) await client.push('app', one);
    expect((await put('latest', index.content, indexType)).status).toBe(201);
  });

  it('accepts documents of unknown media types', async () => {
    const body = JSON.stringify({ mediaType: 'application/vnd.example.thing+json', anything: [1] });
    expect((await put('thing', body, 'application/vnd.example.thing+json')).status).toBe(201);
    const got = await client.ask('/v2/app/manifests/thing');
    expect(got.headers['content-type']).toBe('application/vnd.example.thing+json');
    expect(got.body.toString()).toBe(body);
  });

  it('E7: refuses a manifest over the limit, with or without a content-length, and keeps the connection', async () => {
    await restart({ maxManifestBytes: 1000 });
    expectError(await put('latest', Buffer.alloc(1001, ' ')), 413, 'SIZE_INVALID');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (
      method: string,
      path: string,
      chunks: readonly Buffer[],
    ): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const outgoing = request(`${registry.url}${path}`, { agent, method }, (response) => {
          response.resume().once('end', () => {
            resolve(response.statusCode);
          });
        });
        outgoing.once('error', reject);
        for (const chunk of chunks) outgoing.write(chunk);
        outgoing.end();
      });
    const chunks = Array.from({ length: 50 }, () => Buffer.alloc(100_000, ' '));
    expect(await send('PUT', '/v2/app/manifests/latest', chunks)).toBe(413);
    expect(await send('GET', '/v2/', [])).toBe(200);
    agent.destroy();
  });

  it('refuses an invalid tag', async () => {
    const { image } = await pushImage();
    expectError(await put('-bad', image.content), 400, 'DIGEST_INVALID');
    expectError(await put(`${image.digest}?tag=-bad`, image.content), 400, 'MANIFEST_INVALID');
    expectError(await client.ask(`/v2/app/manifests/${image.digest}`), 404, 'MANIFEST_UNKNOWN');
    expectError(await put('a'.repeat(129), image.content), 400, 'DIGEST_INVALID');
    expect((await put('a'.repeat(128), image.content)).status).toBe(201);
  });
});

describe('reading a manifest from the registry', () => {
  it('responds with 304 to a client that has it', async () => {
    const { image } = await pushImage();
    await put('latest', image.content);
    const { headers } = await client.ask('/v2/app/manifests/latest');
    expect(headers.etag).toBe(`"${image.digest}"`);
    const again = await client.ask('/v2/app/manifests/latest', {
      headers: { 'If-None-Match': headers.etag },
    });
    expect(again.status).toBe(304);
    expect(again.body).toHaveLength(0);
  });
});

describe('deleting from the registry', () => {
  it('removes the tags with their manifest, but not the manifest with a tag', async () => {
    const { image } = await pushImage();
    await put('one', image.content);
    await put('two', image.content);
    const path = (reference: string): string => `/v2/app/manifests/${reference}`;
    expect((await client.ask(path('one'), { method: 'DELETE' })).status).toBe(202);
    expect((await client.ask(path('one'))).status).toBe(404);
    expect((await client.ask(path('two'))).status).toBe(200);
    expect((await client.ask(path(image.digest), { method: 'DELETE' })).status).toBe(202);
    expect((await client.ask(path('two'))).status).toBe(404);
    expect((await client.ask('/v2/app/tags/list')).json()).toEqual({ name: 'app', tags: [] });
    expect((await client.ask('/v2/_catalog')).json()).toEqual({ repositories: [] });
    expectError(await client.ask(path(image.digest), { method: 'DELETE' }), 404, 'MANIFEST_UNKNOWN');
    expectError(await client.ask(path('two'), { method: 'DELETE' }), 404, 'MANIFEST_UNKNOWN');
  });

  it('E17: is refused for tags, manifests and blobs if the option `delete` is false', async () => {
    await restart({ delete: false });
    const { set, image } = await pushImage();
    await put('latest', image.content);
    const blob = set.blobs[0]!.digest;
    for (const path of ['manifests/latest', `manifests/${image.digest}`, `blobs/${blob}`]) {
      expectError(await client.ask(`/v2/app/${path}`, { method: 'DELETE' }), 405, 'UNSUPPORTED');
      expect((await client.ask(`/v2/app/${path}`)).status).toBe(200);
    }
  });
});
