import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileSystemError } from '../../src/errors/file-system.js';
import { newInMemoryBlobHandler } from '../../src/registry/store/memory/blobs.js';
import type { LogEntry } from '../../src/registry/http/options.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { ConformanceClient, expectError, randomBlob } from './conformance-client.js';

let registry: StartedRegistry;
let client: ConformanceClient;
let log: LogEntry[];

beforeEach(async () => {
  log = [];
  registry = await startRegistry({ logger: (entry) => log.push(entry) });
  client = new ConformanceClient(registry.url);
});
afterEach(async () => {
  await registry.close();
});

/** Sends the headers of a request and the beginning of its body, and then waits. */
async function beginRequest(method: string, path: string, length: number, body: Uint8Array) {
  const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: ${length}\r\n\r\n`);
  socket.write(body);
  return socket;
}

/** Resolves when the registry has noticed that a request was cut off. */
async function lostRequest(method: string): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (log.some((entry) => entry.method === method && entry.error !== undefined)) return;
    await client.ask('/v2/');
  }
  throw new Error('the registry did not notice');
}

describe('an upload to the registry', () => {
  it('E1: finishes after a hundred others that were started while it stalled', async () => {
    const slow = randomBlob(1000);
    const location = await client.start('app');
    const socket = await beginRequest(
      'PUT',
      `${location}?digest=${slow.digest}`,
      1000,
      slow.content.subarray(0, 500),
    );
    const blobs = Array.from({ length: 100 }, () => randomBlob(2000));
    const pushed = await Promise.all(blobs.map(async (blob) => client.push('app', blob)));
    expect(new Set(pushed.map(({ status }) => status))).toEqual(new Set([201]));
    await client.expectBlobMissing('app', slow.digest);
    socket.end(slow.content.subarray(500));
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1.1 201 /);
    await client.expectBlob('app', slow);
  });

  it('E2: resumes from the bytes that arrived before its connection was lost', async () => {
    const blob = randomBlob(3_000_000);
    const location = await client.start('app');
    const socket = await beginRequest('PATCH', location, 3_000_000, blob.content.subarray(0, 2_000_000));
    // The registry has received all of it when it responds to a later request on the same machine.
    socket.end();
    await lostRequest('PATCH');
    const status = await client.ask(location);
    const at = Number(String(status.headers.range).replace('0-', '')) + 1;
    expect(at).toBe(2_000_000);
    const rest = await client.chunk(location, blob.content, at, 3_000_000);
    expect(rest.status).toBe(202);
    expect((await client.ask(`${location}?digest=${blob.digest}`, { method: 'PUT', body: '' })).status).toBe(
      201,
    );
    await client.expectBlob('app', blob);
  });

  it('E3: refuses a chunk out of order, and reports the offset from which to resume', async () => {
    const { content } = randomBlob(300);
    const location = await client.start('app');
    await client.chunk(location, content, 0, 100);
    for (const wrong of [0, 99, 101, 200]) {
      const refused = await client.chunk(location, content, wrong, 50);
      expectError(refused, 416, 'BLOB_UPLOAD_INVALID');
      expect(refused.headers).toMatchObject({ location, range: '0-99' });
    }
    for (const range of ['x', '100', '150-100', '-5', '100-']) {
      const refused = await client.ask(location, {
        method: 'PATCH',
        headers: { 'Content-Range': range },
        body: 'x',
      });
      expectError(refused, 416, 'BLOB_UPLOAD_INVALID');
    }
  });

  it('refuses a chunk that is longer or shorter than its range', async () => {
    for (const body of ['12345', '123']) {
      const location = await client.start('app');
      const response = await client.ask(location, {
        method: 'PATCH',
        headers: { 'Content-Range': '0-3' },
        body,
      });
      expectError(response, 400, 'SIZE_INVALID');
    }
  });

  it('E4: is refused if its content does not have the digest, and leaves no files', async () => {
    const blob = randomBlob(100);
    const location = await client.start('app');
    const other = randomBlob(100);
    const refused = await client.ask(`${location}?digest=${blob.digest}`, {
      method: 'PUT',
      body: other.content,
    });
    expectError(refused, 400, 'DIGEST_INVALID');
    await client.expectBlobMissing('app', blob.digest);
    await client.expectBlobMissing('app', other.digest);
    expectError(await client.ask(location), 404, 'BLOB_UPLOAD_UNKNOWN');
  });

  it.each(['', 'sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e', `sha256:${'A'.repeat(64)}`])(
    'refuses the digest %j and keeps the upload open',
    async (digest) => {
      const blob = randomBlob(100);
      const location = await client.start('app');
      const refused = await client.ask(`${location}?digest=${digest}`, { method: 'PUT', body: blob.content });
      expectError(refused, 400, 'DIGEST_INVALID');
      const done = await client.ask(`${location}?digest=${blob.digest}`, {
        method: 'PUT',
        body: blob.content,
      });
      expect(done.status).toBe(201);
    },
  );

  it('refuses a digest algorithm that it does not know', async () => {
    const response = await client.ask('/v2/app/blobs/uploads/?digest-algorithm=md5', { method: 'POST' });
    expectError(response, 400, 'DIGEST_INVALID');
    const known = await client.ask('/v2/app/blobs/uploads/?digest-algorithm=sha512', { method: 'POST' });
    const blob = randomBlob(100, 'sha512');
    const location = String(known.headers.location);
    await client.chunk(location, blob.content, 0, 100);
    expect((await client.ask(`${location}?digest=${blob.digest}`, { method: 'PUT', body: '' })).status).toBe(
      201,
    );
  });

  it('refuses a second request that writes at the same time, and continues with the first', async () => {
    const blob = randomBlob(100);
    const location = await client.start('app');
    const socket = await beginRequest('PATCH', location, 100, blob.content.subarray(0, 50));
    while (!registry.requests.some(({ method }) => method === 'PATCH')) await client.ask('/v2/');
    for (const method of ['PATCH', 'DELETE']) {
      const second = await client.ask(location, { method, body: 'intruder' });
      expectError(second, 409, 'BLOB_UPLOAD_INVALID');
    }
    socket.end(blob.content.subarray(50));
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1.1 202 /);
    expect((await client.ask(`${location}?digest=${blob.digest}`, { method: 'PUT', body: '' })).status).toBe(
      201,
    );
  });

  it('E10: is found only by its own id and in its own repository', async () => {
    const location = await client.start('app');
    expect(location).toMatch(/^\/v2\/app\/blobs\/uploads\/[0-9a-f]{32}$/);
    expect(await client.start('app')).not.toBe(location);
    const foreign = location.replace('/v2/app/', '/v2/other/');
    const unknown = `/v2/app/blobs/uploads/${'0'.repeat(32)}`;
    for (const path of [foreign, unknown]) {
      for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
        const { digest } = randomBlob(1);
        const response = await client.ask(`${path}?digest=${digest}`, { method });
        expectError(response, 404, 'BLOB_UPLOAD_UNKNOWN');
      }
    }
    expect((await client.ask(location)).status).toBe(204);
  });
});

describe('the registry with a store that fails', () => {
  it.each([
    ['ENOSPC', 507],
    ['EIO', 500],
  ])('E12: responds to %s with %i, discards the upload, and keeps running', async (errno, status) => {
    const cause: NodeJS.ErrnoException = new Error('write');
    cause.code = errno;
    const memory = newInMemoryBlobHandler();
    let full = true;
    let discarded = 0;
    const failing = await startRegistry({
      blobHandler: {
        stat: async (...args) => memory.stat(...args),
        get: async (...args) => memory.get(...args),
        startUpload: async () => {
          const upload = await memory.startUpload!();
          return {
            ...upload,
            append: async (chunks) => {
              if (full) throw new FileSystemError('write', '/secret/path', cause);
              await upload.append(chunks);
            },
            discard: async () => {
              discarded += 1;
              await upload.discard();
            },
          };
        },
      },
    });
    try {
      const failingClient = new ConformanceClient(failing.url);
      const blob = randomBlob(5_000_000);
      const refused = await failingClient.push('app', blob);
      expectError(refused, status, 'UNSUPPORTED');
      expect(refused.body.toString()).not.toContain('secret');
      expect(discarded).toBe(1);
      full = false;
      expect((await failingClient.push('app', blob)).status).toBe(201);
      await failingClient.expectBlob('app', blob);
    } finally {
      await failing.close();
    }
  });
});
