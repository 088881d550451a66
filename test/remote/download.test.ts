import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { TransportError } from '../../src/errors/service/transport.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedFrom } from '../../src/partial/capabilities.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import { connect } from '../../src/remote/connection/connection.js';
import { describedLayer } from '../../src/remote/read/layer.js';
import type { Descriptor } from '../../src/v1/descriptor.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { Layer } from '../../src/v1/layer.js';
import { ociLayer } from '../../src/v1/types.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { useServers } from '../support/servers/http-server.js';
import { readAll } from '../support/tools/read-all.js';

const servers = useServers();
const content = randomBytes(300_000);
const descriptor: Descriptor = { mediaType: ociLayer, size: content.length, digest: sha256Bytes(content) };

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;

/** A layer in a registry that gives one response after the other for it, and the ranges that were requested. */
async function layerFrom(
  responses: readonly Answer[],
  blob: Descriptor = descriptor,
): Promise<{ layer: Layer; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = await servers.http((request, response) => {
    if (request.url === '/v2/') {
      response.end();
      return;
    }
    const listed = responses[ranges.length];
    ranges.push(request.headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (listed === undefined) response.writeHead(500).end();
    else listed(request, response, from);
  });
  const repository = parseReference(`${server.host}/app`).context();
  const reader = await connect({ retry: { attempts: 1 }, clock: hurriedClock }).reader(repository, {});
  return { layer: compressedToLayer(describedLayer(reader, blob)), ranges };
}

/** Sends bytes up to an offset and cuts the connection. */
const cutAt =
  (end: number): Answer =>
  (_request, response, from) => {
    if (from > 0)
      response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
    else response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(from, end), () => response.destroy());
  };
const rest: Answer = (_request, response, from) => {
  if (from > 0)
    response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
  response.end(content.subarray(from));
};
const whole: Answer = (_request, response) => response.end(content);

const read = async (layer: Layer): Promise<Buffer> => readAll(await layer.compressed());

describe('a download', () => {
  it('T7: resumes where its connection broke, as long as it makes progress', async () => {
    const cuts = [1, 70_000, 150_000, 220_000, 290_000];
    const { layer, ranges } = await layerFrom([...cuts.map(cutAt), rest]);
    expect((await read(layer)).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, ...cuts.map((cut) => `bytes=${cut}-`)]);
  });

  it('T7: fails after five connections in a row that bring almost no bytes', async () => {
    const { layer, ranges } = await layerFrom([1, 2, 3, 4, 5, 6, 7].map(cutAt));
    await expect(read(layer)).rejects.toThrow(TransportError);
    expect(ranges).toHaveLength(5);
  });

  it('T8: skips the bytes that it has if the registry ignores the range', async () => {
    const { layer } = await layerFrom([cutAt(100_000), whole]);
    expect((await read(layer)).equals(content)).toBe(true);
  });

  it.each([
    ['begins at another offset', { 'content-range': `bytes 5-${content.length - 1}/${content.length}` }],
    [
      'has another total size',
      { 'content-range': `bytes 100000-${content.length - 1}/${content.length + 1}` },
    ],
    ['has no Content-Range', {}],
    ['has an invalid Content-Range', { 'content-range': 'bytes */300000' }],
  ])('T9: starts again if the response with the rest %s', async (_title, headers) => {
    const wrong: Answer = (_request, response) => response.writeHead(206, headers).end('garbage');
    const { layer, ranges } = await layerFrom([cutAt(100_000), wrong, whole]);
    expect((await read(layer)).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=100000-', undefined]);
  });

  it('T10: starts again if the registry refuses the range before the end', async () => {
    const refuse: Answer = (_request, response) => response.writeHead(416).end();
    const { layer } = await layerFrom([cutAt(100_000), refuse, whole]);
    expect((await read(layer)).equals(content)).toBe(true);
  });

  it('T7: of a part of a blob resumes, too, and leaves the check to the caller', async () => {
    const { layer, ranges } = await layerFrom([cutAt(200_000), rest]);
    const part = await readAll(await layer.compressedFrom!(100_000));
    expect(part.equals(content.subarray(100_000))).toBe(true);
    expect(ranges).toEqual(['bytes=100000-', 'bytes=200000-']);
  });

  it.each<[string, Answer]>([
    ['T8: ignores the range', whole],
    ['T10: refuses the range', (_request, response) => response.writeHead(416).end()],
    [
      'T9: responds with another part',
      (_request, response) =>
        response
          .writeHead(206, { 'content-range': `bytes 5-${content.length - 1}/${content.length}` })
          .end('x'),
    ],
  ])('of a part of a blob is right if the registry %s', async (_title, response) => {
    const { layer } = await layerFrom([response, whole]);
    const part = await readAll(await layer.compressedFrom!(100_000));
    expect(part.equals(content.subarray(100_000))).toBe(true);
  });

  it('R11: of a part of a layer with URLs begins at the start of the layer', async () => {
    const { layer, ranges } = await layerFrom([whole], {
      ...descriptor,
      urls: ['https://foreign.example/x'],
    });
    expect('compressedFrom' in layer).toBe(false);
    const part = await readAll(await compressedFrom(layer, 100_000));
    expect(part.equals(content.subarray(100_000))).toBe(true);
    expect(ranges).toEqual([undefined]);
  });

  it('T10: is complete if the connection breaks after the last byte', async () => {
    const chunkedThenCut: Answer = (_request, response) => {
      response.write(content, () => response.destroy());
    };
    const { layer, ranges } = await layerFrom([chunkedThenCut]);
    expect((await read(layer)).equals(content)).toBe(true);
    expect(ranges).toHaveLength(1);
  });

  it('T11: fails if the parts belong to different objects', async () => {
    const other: Answer = (_request, response, from) => {
      response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
      response.end(Buffer.alloc(content.length - from));
    };
    const { layer } = await layerFrom([cutAt(100_000), other]);
    await expect(read(layer)).rejects.toThrow(DigestMismatchError);
  });

  it.each([
    ['T12: resumes after a body that is shorter than its Content-Length', cutAt(200_000)],
    [
      'T13: resumes after a body without a length whose connection ends',
      ((_request, response) => {
        response.shouldKeepAlive = false;
        response.useChunkedEncodingByDefault = false;
        response.writeHead(200, { connection: 'close' });
        response.end(content.subarray(0, 200_000));
      }) satisfies Answer,
    ],
  ])('%s', async (_title, short) => {
    const { layer, ranges } = await layerFrom([short, rest]);
    expect((await read(layer)).equals(content)).toBe(true);
    expect(ranges[1]).toBe('bytes=200000-');
  });

  it('L4: fails before its end if the bytes are wrong', async () => {
    const wrong: Answer = (_request, response) => response.end(Buffer.alloc(content.length));
    const { layer } = await layerFrom([wrong]);
    await expect(read(layer)).rejects.toThrow(DigestMismatchError);
  });

  it('L5: fails at the first byte too many', async () => {
    const endless: Answer = (_request, response) => {
      const more = (): boolean => response.write(content);
      response.on('drain', more);
      more();
    };
    const { layer } = await layerFrom([endless]);
    await expect(read(layer)).rejects.toThrow(SizeMismatchError);
  });

  it('L6: fails if the rest never arrives', async () => {
    const short: Answer = (_request, response) => {
      response.write(content.subarray(0, 10));
      response.end();
    };
    const { layer } = await layerFrom([short, ...Array<Answer>(9).fill(rangeOfNothing)]);
    await expect(read(layer)).rejects.toThrow(TransportError);
  });

  it('fails at once if the announced length is not the size', async () => {
    const announced: Answer = (_request, response) =>
      response.writeHead(200, { 'content-length': 10 }).end('0123456789');
    const { layer } = await layerFrom([announced]);
    await expect(layer.compressed()).rejects.toThrow(SizeMismatchError);
  });

  it('frees its connection at once if its reader stops, even while the registry sends nothing', async () => {
    let closed: Promise<unknown> | undefined;
    const silent: Answer = (request, response) => {
      closed = new Promise((resolve) => request.socket.once('close', resolve));
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 10));
    };
    const { layer } = await layerFrom([silent]);
    const stream = await layer.compressed();
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    stream.destroy();
    await closed;
  });

  it('T19: fails with the reason of its signal in the middle of a body', async () => {
    const silent: Answer = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 10));
    };
    const { layer } = await layerFrom([silent]);
    const controller = new AbortController();
    const stream = await layer.compressed({ signal: controller.signal });
    const reason = new Error('enough');
    const done = readAll(stream);
    controller.abort(reason);
    await expect(done).rejects.toBe(reason);
  });

  it('L28: names the missing blob', async () => {
    const missing: Answer = (_request, response) => response.writeHead(404).end();
    const { layer } = await layerFrom([missing]);
    const failed = layer.compressed();
    await expect(failed).rejects.toThrow(NotFoundError);
    await expect(failed).rejects.toThrow(descriptor.digest);
  });

  it('opens any number of layers without reading them', async () => {
    const { layer } = await layerFrom(Array<Answer>(20).fill(whole));
    const streams = [];
    for (let count = 0; count < 20; count += 1) streams.push(await layer.compressed());
    for (const stream of streams) stream.destroy();
  });

  it('R11: requests the URLs of a foreign layer only if the registry does not have it, and without credentials', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const elsewhere = await servers.http((request, response) => {
      seen.push(request.headers);
      response.end(content);
    });
    const missing: Answer = (_request, response) => response.writeHead(404).end();
    const foreign = { ...descriptor, urls: ['nonsense', `${elsewhere.origin}/layer`] };
    const { layer, ranges } = await layerFrom([missing], foreign);
    expect((await read(layer)).equals(content)).toBe(true);
    expect(ranges).toHaveLength(1);
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toHaveProperty('authorization');
  });
});

function rangeOfNothing(_request: IncomingMessage, response: ServerResponse, from: number): void {
  response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
  response.destroy();
}
