import { afterEach, describe, expect, it } from '@jest/globals';
import type { BlobHandler } from '../../src/registry/store/blob-handler.js';
import { newInMemoryBlobHandler } from '../../src/registry/store/memory/blobs.js';
import type { RegistryOptions } from '../../src/registry/http/options.js';
import { parseContentRange, parseRange } from '../../src/registry/store/range.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { ConformanceClient, expectError, pushMethods, randomBlob } from './conformance-client.js';

let registry: StartedRegistry | undefined;
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});

async function start(options: RegistryOptions = {}): Promise<ConformanceClient> {
  registry = await startRegistry(options);
  return new ConformanceClient(registry.url);
}

describe('E15: a range of a blob', () => {
  it.each([
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-5', { start: 5, end: 9 }],
    ['bytes=-50', { start: 0, end: 9 }],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=9-100', { start: 9, end: 9 }],
    ['BYTES = 2 - 3 ', { start: 2, end: 3 }],
    ['bytes=5-2', 'unsatisfiable'],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=0-1,4-5', undefined],
    ['bytes=-', undefined],
    ['bytes=1-x', undefined],
    ['items=0-1', undefined],
    [`bytes=${'9'.repeat(30)}-`, undefined],
    [undefined, undefined],
  ])('in a header %j for ten bytes is parsed as %j', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it('is ignored if the blob is empty', () => {
    expect(parseRange('bytes=0-', 0)).toBeUndefined();
  });

  it('in Content-Range is the first and the last position of a chunk', () => {
    expect(parseContentRange('0-99')).toEqual({ start: 0, end: 99 });
    expect(parseContentRange('bytes 0-99/100')).toEqual({ start: 0, end: 99 });
    expect(parseContentRange('99-0')).toBeUndefined();
    expect(parseContentRange('0-')).toBeUndefined();
  });

  it('is sent only if If-Range matches the blob', async () => {
    const client = await start();
    const blob = randomBlob(100);
    await client.push('app', blob);
    const get = async (condition: string) =>
      client.ask(`/v2/app/blobs/${blob.digest}`, { headers: { Range: 'bytes=50-', 'If-Range': condition } });
    expect((await get(`"${blob.digest}"`)).status).toBe(206);
    expect((await get('"another"')).status).toBe(200);
  });
});

describe('a blob of the registry', () => {
  it('is not sent again to a client that has it', async () => {
    const client = await start();
    const blob = randomBlob(100);
    await client.push('app', blob);
    const headers = { 'If-None-Match': `"${blob.digest}"` };
    const response = await client.ask(`/v2/app/blobs/${blob.digest}`, { headers });
    expect(response.status).toBe(304);
    expect(response.body).toHaveLength(0);
  });

  it('E9: is not served from a repository to which it was not pushed', async () => {
    const client = await start();
    const blob = randomBlob(100);
    await client.push('private', blob);
    await client.expectBlobMissing('app', blob.digest);
    await client.push('app', blob);
    await client.deleteBlob('private', blob.digest);
    await client.expectBlob('app', blob);
  });

  it('is served by a redirect if the option `redirect` returns a URL', async () => {
    const client = await start({
      redirect: (repository, digest) =>
        repository === 'here' ? undefined : `https://store.example.com/${digest}`,
    });
    const blob = randomBlob(100);
    await client.push('app', blob);
    await client.push('here', blob);
    await client.expectBlob('here', blob);
    for (const method of ['GET', 'HEAD']) {
      const response = await client.ask(`/v2/app/blobs/${blob.digest}`, { method });
      expect(response.status).toBe(307);
      expect(response.headers.location).toBe(`https://store.example.com/${blob.digest}`);
    }
    await client.expectBlobMissing('elsewhere', randomBlob(1).digest);
  });
});

describe('a blob handler', () => {
  const readOnly = (): BlobHandler => {
    const memory = newInMemoryBlobHandler();
    return { stat: async (...args) => memory.stat(...args), get: async (...args) => memory.get(...args) };
  };

  it.each(pushMethods)('with only `put` receives complete blobs, by %s', async (method) => {
    const memory = newInMemoryBlobHandler();
    const client = await start({
      blobHandler: {
        stat: async (...args) => memory.stat(...args),
        get: async (...args) => memory.get(...args),
        put: async (...args) => memory.put!(...args),
      },
    });
    const [small, large] = [randomBlob(100, 'sha512'), randomBlob(6_000_000)];
    for (const blob of [small, large]) {
      expect((await client.push('app', blob, method)).status).toBe(201);
      await client.expectBlob('app', blob);
    }
    const wrong = await client.push('app', { ...small, content: randomBlob(100).content }, method);
    expectError(wrong, 400, 'DIGEST_INVALID');
  });

  it('without write methods makes a registry that refuses uploads, deletes and mounts', async () => {
    const client = await start({ blobHandler: readOnly() });
    const { digest } = randomBlob(1);
    expectError(await client.ask('/v2/app/blobs/uploads/', { method: 'POST' }), 405, 'UNSUPPORTED');
    expectError(await client.ask(`/v2/app/blobs/${digest}`, { method: 'DELETE' }), 405, 'UNSUPPORTED');
  });

  it('whose stream ends too early makes the registry cut the connection', async () => {
    const memory = newInMemoryBlobHandler();
    const client = await start({
      blobHandler: {
        ...readOnly(),
        stat: async () => Promise.resolve({ size: 100 }),
        get: async (repository, digest) => {
          const upload = await memory.startUpload!();
          await upload.append([Buffer.alloc(50)]);
          await upload.commit(repository, digest);
          return memory.get(repository, digest);
        },
      },
    });
    // If the connection stayed open, the client would wait for the rest.
    const headers = { Connection: 'keep-alive' };
    const options = client.ask(`/v2/app/blobs/${randomBlob(1).digest}`, { headers });
    await expect(options).rejects.toThrow(/aborted|hang up/);
  });
});
