import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { TransportError } from '../../src/errors/service/transport.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { newPusher } from '../../src/remote/pusher.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { newHash, sha256Bytes } from '../../src/v1/hash.js';
import type { Layer } from '../../src/v1/layer.js';
import type { BlobProgress } from '../../src/v1/progress.js';
import { ociLayer } from '../../src/v1/types.js';
import {
  cutAfter,
  type Fault,
  type Faults,
  type FaultyRegistry,
  sendError,
  startFaultyRegistry,
  status,
} from '../support/servers/faulty-registry.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { bodyOf, useServers } from '../support/servers/http-server.js';
import { eventually } from '../support/tools/open-handles.js';

const servers = useServers();
const faultyRegistry = async (faults: Faults) => startFaultyRegistry(servers, faults);
const content = randomBytes(1_000_000);
const digest = sha256Bytes(content);

function layerOf(bytes: Buffer, claimed = sha256Bytes(bytes)): Layer {
  return compressedToLayer({
    digest: async () => claimed,
    size: async () => bytes.length,
    mediaType: async () => ociLayer,
    compressed: async () => Readable.from(pieces(bytes), { objectMode: false }),
  });
}
function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const options: RemoteOptions = { clock: hurriedClock, retry: { attempts: 1 } };
const upload = async (
  registry: FaultyRegistry,
  more: RemoteOptions = {},
  layer = layerOf(content),
): Promise<void> =>
  writeLayer(parseReference(`${registry.host}/app`).context(), layer, { ...options, ...more });

const one = '/uploads/1?_state=x%2B1';

describe('an upload', () => {
  it('sends the content with its digest, in one request, and keeps the query of its location', async () => {
    const registry = await faultyRegistry({});
    await upload(registry);
    expect(registry.log).toEqual(['HEAD /D', 'POST /uploads/', `PUT ${one}&digest=D`]);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U5: resumes at the offset that the registry reports if its connection breaks', async () => {
    const registry = await faultyRegistry({ PUT: [cutAfter(400_000)] });
    const events: BlobProgress[] = [];
    await upload(registry, { onProgress: (event) => event.kind === 'blob' && events.push(event) });
    // Whether the commit arrived after all is asked if everything was handed to the connection.
    expect(registry.log.filter((line) => line !== 'HEAD /D')).toEqual([
      ...['POST /uploads/', `PUT ${one}&digest=D`],
      ...[`GET ${one}`, `PATCH ${one}`, `PUT ${one}&digest=D`],
    ]);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
    expect(events.map(({ state }) => state)).toContain('resumed');
    expect(events.find(({ state }) => state === 'resumed')?.transferred).toBe(400_000);
  });

  it('U5: fails after five failures without progress, and is cancelled', async () => {
    const registry = await faultyRegistry({ PUT: Array<Fault>(9).fill(cutAfter(0)) });
    await expect(upload(registry)).rejects.toThrow(TransportError);
    expect(registry.log.filter((line) => line.startsWith('PUT'))).toHaveLength(5);
  });

  it('U3: continues after the bytes that the registry kept of a chunk', async () => {
    const keepsLess: Fault = async (registry, request, response) => {
      registry.held = (await bodyOf(request)).subarray(0, 1000);
      response.writeHead(202, { location: '/v2/app/blobs/uploads/1?_state=x%2B1', range: '0-999' }).end();
      return true;
    };
    const registry = await faultyRegistry({ PATCH: [keepsLess] });
    await upload(registry, { chunkSize: 300_000 });
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U4: asks for the offset after a 416, and continues there', async () => {
    const registry = await faultyRegistry({ PATCH: [undefined, status(416)] });
    await upload(registry, { chunkSize: 400_000 });
    expect(registry.log.filter((line) => line.startsWith('GET'))).toHaveLength(1);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U6: sends chunks no smaller than the registry requires', async () => {
    const picky: Fault = (registry, _request, response) => {
      registry.held = Buffer.alloc(0);
      response
        .writeHead(202, { location: '/v2/app/blobs/uploads/1', 'oci-chunk-min-length': '10000000000' })
        .end();
      return true;
    };
    const registry = await faultyRegistry({ POST: [picky] });
    await upload(registry, { chunkSize: 1000 });
    expect(registry.log.filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U7: checks the blob if the registry reports another digest, and fails if it lacks the right one', async () => {
    const liar: Fault = async (_registry, request, response) => {
      await bodyOf(request);
      response.writeHead(201, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end();
      return true;
    };
    const registry = await faultyRegistry({ PUT: [liar] });
    await expect(upload(registry)).rejects.toThrow(DigestMismatchError);
  });

  it('U8: succeeds if only the response to the last request was lost', async () => {
    const lost: Fault = async (registry, request) => {
      registry.stored.set(digest, await bodyOf(request));
      request.socket.resetAndDestroy();
      return true;
    };
    const registry = await faultyRegistry({ PUT: [lost] });
    await upload(registry);
    expect(registry.log.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
    expect(registry.log.at(-1)).toBe('HEAD /D');
  });

  it('U12: never sends the end of content that has changed', async () => {
    const registry = await faultyRegistry({});
    const changed = layerOf(randomBytes(content.length), digest);
    await expect(upload(registry, {}, changed)).rejects.toThrow(DigestMismatchError);
    expect(registry.stored.size).toBe(0);
    expect(registry.received()).toBeLessThan(content.length);
  });

  it('U14: starts again if the registry lost the upload', async () => {
    const forgets: Fault = (registry, request, response) => {
      registry.held = undefined;
      request.resume();
      return sendError(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    };
    const registry = await faultyRegistry({ PUT: [forgets] });
    await upload(registry);
    expect(registry.log.filter((line) => line.startsWith('POST'))).toHaveLength(2);
    expect(registry.stored.has(digest)).toBe(true);
  });

  it('U17: sends smaller chunks if a request is too large', async () => {
    const registry = await faultyRegistry({ PUT: [status(413)] });
    await upload(registry);
    expect(registry.log.filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
    expect(registry.stored.has(digest)).toBe(true);
  });

  const always = (fault: Fault): readonly Fault[] => Array.from({ length: 50 }, () => fault);
  const withBody =
    (code: number, name: string): Fault =>
    async (_registry, request, response) => {
      if (request.headers['content-length'] === '0') return false;
      await bodyOf(request);
      return sendError(response, code, name);
    };

  it.each([
    [404, 'BLOB_UNKNOWN'],
    [404, 'BLOB_UPLOAD_UNKNOWN'],
    [405, 'UNSUPPORTED'],
    [400, 'DIGEST_INVALID'],
    [400, 'BLOB_UPLOAD_INVALID'],
    [400, 'UNSUPPORTED'],
    [411, 'UNSUPPORTED'],
    [413, 'UNKNOWN'],
    [415, 'UNSUPPORTED'],
    [501, 'UNSUPPORTED'],
  ])('G5: sends chunks after a PUT with the response %d %s, and remembers that', async (code, name) => {
    const registry = await faultyRegistry({ PUT: always(withBody(code, name)) });
    const reuse = newPusher(options);
    const repository = parseReference(`${registry.host}/app`).context();
    await reuse.upload(repository, layerOf(content));
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
    expect(registry.received()).toBe(2 * content.length);
    const second = randomBytes(1000);
    await reuse.upload(repository, layerOf(second));
    expect(registry.stored.has(sha256Bytes(second))).toBe(true);
    if (code !== 413) expect(registry.received()).toBe(2 * content.length + second.length);
  });

  it.each([405, 415, 501])('G5: sends one PUT after a PATCH with the response %d', async (code) => {
    const registry = await faultyRegistry({ PATCH: always(status(code)) });
    await upload(registry, { chunkSize: 100_000 });
    expect(registry.stored.has(digest)).toBe(true);
  });

  it('G5: fails if both forms are refused, after one attempt at each', async () => {
    const registry = await faultyRegistry({ PUT: always(status(405)), PATCH: always(status(405)) });
    await expect(upload(registry)).rejects.toMatchObject({ status: 405 });
    expect(registry.log.filter((line) => /^(PUT|PATCH)/.test(line))).toHaveLength(2);
  });

  it('G6: fails at once, with a hint, if the repository does not exist', async () => {
    const registry = await faultyRegistry({ POST: always(status(404, 'NAME_UNKNOWN')) });
    const events: BlobProgress[] = [];
    const failure: unknown = await upload(registry, {
      onProgress: (event) => {
        if (event.kind === 'blob') events.push(event);
      },
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotFoundError);
    expect(failure).toMatchObject({
      message: expect.stringContaining('NAME_UNKNOWN'),
      hint: expect.stringContaining('create the repository first'),
    });
    expect(registry.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(events.map(({ state }) => state)).not.toContain('resumed');
  });

  it('U18: is cancelled at the registry if it is aborted', async () => {
    const controller = new AbortController();
    const silent: Fault = () => {
      controller.abort(new Error('enough'));
      return true;
    };
    const registry = await faultyRegistry({ PUT: [silent] });
    await expect(upload(registry, { signal: controller.signal })).rejects.toThrow('enough');
    expect(await eventually(() => registry.log.at(-1) === `DELETE ${one}`)).toBe(true);
  });

  it.each([502, 503, 429])('continues after a response with %d', async (code) => {
    const registry = await faultyRegistry({ PUT: [status(code)] });
    await upload(registry);
    expect(registry.stored.has(digest)).toBe(true);
  });

  it('does not retry a request that the registry refuses', async () => {
    const registry = await faultyRegistry({ PUT: [status(400, 'SIZE_INVALID')] });
    await expect(upload(registry)).rejects.toThrow('SIZE_INVALID');
    expect(registry.log.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
  });

  it('U1: fails with the URL if the registry starts an upload without a location', async () => {
    const nowhere: Fault = (_registry, _request, response) => {
      response.writeHead(202).end();
      return true;
    };
    const registry = await faultyRegistry({ POST: [nowhere] });
    await expect(upload(registry)).rejects.toThrow('did not send its location');
  });

  it('R10: sends content to another host without credentials', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const store = await servers.http((request, response) => {
      seen.push(request.headers);
      request.resume().on('end', () => response.writeHead(201).end());
    });
    const elsewhere: Fault = (_registry, _request, response) => {
      response.writeHead(202, { location: `${store.origin}/bucket?signature=1` }).end();
      return true;
    };
    const registry = await faultyRegistry({ POST: [elsewhere] });
    const auth = { authorization: async () => ({ username: 'u', password: 'secret' }) };
    await upload(registry, { auth });
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toHaveProperty('authorization');
  });

  it('sends an empty blob', async () => {
    const registry = await faultyRegistry({});
    const empty = Buffer.alloc(0);
    await upload(registry, {}, layerOf(empty));
    expect(registry.stored.has(newHash(sha256Bytes(empty)))).toBe(true);
  });
});
