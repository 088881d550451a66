import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { TransportError } from '../../src/errors/service/transport.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { get } from '../../src/remote/get.js';
import { image } from '../../src/remote/image.js';
import { layer } from '../../src/remote/layer.js';
import { list } from '../../src/remote/list.js';
import { referrers } from '../../src/remote/referrers.js';
import type { Layer } from '../../src/v1/layer.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { ociConfigJson, ociImageIndex, ociLayer, ociManifestSchema1 } from '../../src/v1/types.js';
import { useServers } from '../support/servers/http-server.js';
import { readAll } from '../support/tools/read-all.js';

const servers = useServers();
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Larger than one read, and of a size that compression changes. */
const content = Buffer.concat([randomBytes(300_000), Buffer.alloc(100_000)]);
const packed = gzipSync(content);
const config = json({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [sha256Bytes(content)] },
});
const manifest = json({
  schemaVersion: 2,
  mediaType: ociManifestSchema1,
  config: { mediaType: ociConfigJson, size: config.length, digest: sha256Bytes(config) },
  layers: [{ mediaType: ociLayer, size: packed.length, digest: sha256Bytes(packed) }],
});
const digest = sha256Bytes(manifest);

type Send = (response: ServerResponse, type: string, bytes: Buffer, request: IncomingMessage) => void;

/** A registry with one image, which sends every document and blob in the way of `send`. */
async function registryOf(send: Send): Promise<string> {
  const { host } = await servers.http((request, response) => {
    const { url = '' } = request;
    const last = url.slice(url.lastIndexOf('/') + 1);
    const bodies: Readonly<Record<string, readonly [string, Buffer]>> = {
      v1: [ociManifestSchema1, manifest],
      [digest]: url.includes('/referrers/')
        ? [ociImageIndex, json({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [] })]
        : [ociManifestSchema1, manifest],
      [sha256Bytes(config)]: ['application/octet-stream', config],
      [sha256Bytes(packed)]: ['application/octet-stream', packed],
      [sha256Bytes(content)]: ['application/octet-stream', content],
      'list?n=1000': ['application/json', json({ tags: ['a', 'b'] })],
    };
    const [type, bytes] = bodies[last] ?? [];
    if (url === '/v2/') response.end();
    else if (type !== undefined && bytes !== undefined) send(response, type, bytes, request);
    else
      response
        .writeHead(404, { 'content-encoding': 'gzip' })
        .end(gzipSync('{"errors":[{"code":"NOT_HERE"}]}'));
  });
  return host;
}

const withLength =
  (encoding: string, encode: (bytes: Buffer) => Buffer): Send =>
  (response, type, bytes) => {
    const body = encode(bytes);
    response.writeHead(200, {
      'content-type': type,
      'content-encoding': encoding,
      'content-length': body.length,
    });
    response.end(body);
  };
const withoutLength =
  (encoding: string, encode: (bytes: Buffer) => Buffer): Send =>
  (response, type, bytes) => {
    response.writeHead(200, { 'content-type': type, 'content-encoding': encoding });
    const body = encode(bytes);
    response.write(body.subarray(0, 100));
    response.end(body.subarray(100));
  };
const bytesOf = async (of: Layer | undefined): Promise<Buffer> => {
  if (of === undefined) throw new Error('there is no such layer');
  return readAll(await of.compressed());
};
const asTheyAre = (bytes: Buffer): Buffer => bytes;
const gzip = (bytes: Buffer): Buffer => gzipSync(bytes);
const brotli = (bytes: Buffer): Buffer =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

describe('a registry that sends a content encoding against the request', () => {
  it.each<readonly [string, Send]>([
    ['gzip', withLength('gzip', gzip)],
    ['gzip, without a length', withoutLength('gzip', gzip)],
    ['x-gzip', withLength('X-GZip', gzip)],
    ['deflate', withLength('deflate', (bytes) => deflateSync(bytes))],
    ['deflate in the bare form', withoutLength('deflate', (bytes) => deflateRawSync(bytes))],
    ['brotli', withLength('br', (bytes) => brotli(bytes))],
    ['brotli, without a length', withoutLength('br', (bytes) => brotli(bytes))],
    ['two encodings', withLength('gzip, br', (bytes) => brotli(gzipSync(bytes)))],
    ['a header for bytes without encoding', withLength('gzip', asTheyAre)],
    ['a header for bytes without encoding, without a length', withoutLength('gzip', asTheyAre)],
    ['a header with deflate for bytes without encoding', withoutLength('deflate', asTheyAre)],
    ['a header that names no encoding', withLength('aws-chunked', asTheyAre)],
    ['identity', withLength('identity', asTheyAre)],
  ])('G1: is read correctly: %s', async (_name, send) => {
    const host = await registryOf(send);
    const reference = parseReference(`${host}/app:v1`);
    expect(Buffer.from((await get(reference)).manifest)).toEqual(manifest);
    const pulled = await image(reference);
    expect(Buffer.from(await pulled.rawConfigFile())).toEqual(config);
    const [first] = await pulled.layers();
    expect(sha256Bytes(await bytesOf(first))).toBe(sha256Bytes(packed));
    const bare = await layer(reference.context().digest(sha256Bytes(content)));
    expect(sha256Bytes(await readAll(await bare.compressed()))).toBe(sha256Bytes(content));
    expect(await list(reference.context())).toEqual(['a', 'b']);
    const subject = reference.context().digest(digest);
    expect((await (await referrers(subject)).indexManifest()).manifests).toEqual([]);
  });

  it('G1: is understood if it sends an error', async () => {
    const host = await registryOf(withLength('gzip', gzip));
    await expect(get(parseReference(`${host}/app:missing`))).rejects.toThrow('NOT_HERE');
  });

  it('G1: is detected if the bytes are neither the blob nor an encoding of it', async () => {
    const send = withLength('gzip', (bytes) => gzipSync(Buffer.concat([bytes, Buffer.from('x')])));
    const pulled = await image(parseReference(`${await registryOf(withLength('gzip', gzip))}/app:v1`));
    expect(await pulled.digest()).toBe(digest);
    const host = await registryOf((response, type, bytes, request) => {
      (type === 'application/octet-stream' ? send : withLength('gzip', gzip))(response, type, bytes, request);
    });
    const [wrong] = await (await image(parseReference(`${host}/app:v1`))).layers();
    await expect(wrong?.compressed().then(readAll)).rejects.toThrow(/want|Content-Encoding/);
  });

  it('G1: resumes a decoded blob at the byte where its connection broke', async () => {
    let broken = 0;
    const host = await registryOf((response, type, bytes, request) => {
      const body = gzipSync(bytes);
      const headers = { 'content-type': type, 'content-encoding': 'gzip', 'content-length': body.length };
      response.writeHead(200, headers);
      if (request.url?.endsWith(sha256Bytes(packed)) !== true || broken > 0) response.end(body);
      else {
        broken += 1;
        response.write(body.subarray(0, 200_000), () => response.destroy());
      }
    });
    const [first] = await (await image(parseReference(`${host}/app:v1`))).layers();
    expect(sha256Bytes(await bytesOf(first))).toBe(sha256Bytes(packed));
    expect(broken).toBe(1);
  });

  it('G1: is limited in the bytes before and after decoding', async () => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from('{"schemaVersion":2,"x":"'), Buffer.alloc(2_000_000, 'x')]),
    );
    const host = await registryOf((response, type) => {
      response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(bomb);
    });
    await expect(
      get(parseReference(`${host}/app:v1`), { maxManifestBytes: 1_000_000 }),
    ).rejects.toMatchObject({
      option: 'maxManifestBytes',
    });
    const empty = gzipSync('');
    const endless = await registryOf((response, type) => {
      response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' });
      const go = (): void => {
        while (!response.destroyed && response.write(empty));
        if (!response.destroyed) response.once('drain', go);
      };
      go();
    });
    await expect(get(parseReference(`${endless}/app:v1`), { maxManifestBytes: 1000 })).rejects.toMatchObject({
      option: 'maxManifestBytes',
    });
  });

  it('G1: is refused if the bytes do not have the announced encoding', async () => {
    const host = await registryOf(
      withLength('gzip', (bytes) => Buffer.concat([gzipSync('x').subarray(0, 10), bytes])),
    );
    const failure: unknown = await get(parseReference(`${host}/app:v1`)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransportError);
    expect(String(failure)).toContain('does not match its Content-Encoding');
  });
});
