import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newDiskStore } from '../../src/registry/store/disk/disk-store.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { ConformanceClient, expectError, randomBlob } from './conformance-client.js';
import { DataSet, imageType } from './conformance-data.js';

const temp = useTempDir();
let registry: StartedRegistry;
let client: ConformanceClient;

beforeEach(async () => {
  registry = await startRegistry(newDiskStore(temp.path()));
  client = new ConformanceClient(registry.url);
});
afterEach(async () => {
  await registry.close();
});

describe('the name of a repository', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  it.each([
    '..',
    '%2e%2e',
    'a/../b',
    'a/%2e%2e/b',
    'a//b',
    '/a',
    'a/',
    'a%00b',
    'a%2f%2fb',
    '_catalog',
    'A',
    'a b',
    'a%20b',
    'a_-b',
    'é',
    '%ff',
    'a%0a',
    'a'.repeat(256),
  ])('E8: is refused in all requests if it is %j', async (name) => {
    const encoded = encodeURI(name).replaceAll('%25', '%');
    const requests = [
      ['GET', `${encoded}/tags/list`],
      ['GET', `${encoded}/manifests/latest`],
      ['PUT', `${encoded}/manifests/latest`],
      ['GET', `${encoded}/blobs/${digest}`],
      ['DELETE', `${encoded}/blobs/${digest}`],
      ['POST', `${encoded}/blobs/uploads/`],
      ['PATCH', `${encoded}/blobs/uploads/0`],
      ['GET', `${encoded}/referrers/${digest}`],
    ] as const;
    for (const [method, path] of requests) {
      expectError(await client.ask(`/v2/${path}`, { method }), 400, 'NAME_INVALID');
    }
  });

  it.each(['a', 'a/b/c', 'a.b_c__d---e', 'blobs', 'manifests/tags', 'a/blobs/uploads', 'tags/list', '0'])(
    'takes %j',
    async (name) => {
      const blob = randomBlob(10);
      expect((await client.push(name, blob)).status).toBe(201);
      await client.expectBlob(name, blob);
    },
  );

  it('E8: and other names from a client never become a path on disk', async () => {
    const set = new DataSet();
    const image = set.image();
    for (const blob of set.blobs) await client.push('some/name', blob);
    const headers = { 'Content-Type': imageType };
    await client.ask('/v2/some/name/manifests/some-tag', { method: 'PUT', headers, body: image.content });
    const paths = await readdir(temp.path(), { recursive: true });
    const files = paths.filter(
      (path) => !/^(?:blobs|manifests)(?:\/(?:sha256|sha512|uploads|\w+\.jsonl|in-use\.lock))?$/.test(path),
    );
    expect(files.length).toBe(set.blobs.length + 1);
    for (const file of files) expect(file).toMatch(/^(?:blobs|manifests)\/sha256\/[0-9a-f]{64}$/);
  });
});

describe('a path outside of repositories', () => {
  it.each(['/', '/v1/', '/v2/app', '/v2/app/blobs', '/v2/app/unknown/x', '/v2', '/v3/app/tags/list', '*'])(
    'responds to %s with an error document or like the ping',
    async (path) => {
      const response = await client.ask(path);
      if (path === '/v2') expect(response.status).toBe(200);
      else expectError(response, 404, 'UNSUPPORTED');
    },
  );

  it('with a method that the resource does not have gets a response that lists its methods', async () => {
    const response = await client.ask('/v2/app/tags/list', { method: 'POST' });
    expectError(response, 405, 'UNSUPPORTED');
    expect(response.headers.allow).toBe('GET');
    expectError(await client.ask('/v2/app/blobs/uploads/', { method: 'GET' }), 405, 'UNSUPPORTED');
  });

  it('is also understood in absolute form, as proxies send it', async () => {
    expect((await client.ask('http://registry.example.com/v2/')).status).toBe(200);
  });
});
