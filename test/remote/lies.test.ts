import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Reference } from '../../src/name/reference.js';
import { get } from '../../src/remote/get.js';
import { head } from '../../src/remote/head.js';
import { image } from '../../src/remote/image.js';
import { index } from '../../src/remote/image-index.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import {
  dockerManifestSchema1Signed,
  dockerManifestSchema2,
  ociConfigJson,
  ociImageIndex,
  ociLayer,
  ociManifestSchema1,
} from '../../src/v1/types.js';
import { useServers } from '../support/servers/http-server.js';

const servers = useServers();
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const config = json({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
  config: {},
});
const manifest = (more: object = {}): Buffer =>
  json({
    schemaVersion: 2,
    mediaType: ociManifestSchema1,
    config: { mediaType: ociConfigJson, size: config.length, digest: sha256Bytes(config) },
    layers: [],
    ...more,
  });
const good = manifest();

interface Answer {
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
  readonly status?: number;
}

/** A registry with one response for each end of a path; `undefined` is 404. */
async function registryOf(responses: Readonly<Record<string, Answer | undefined>>): Promise<string> {
  const server = await servers.http((request, response) => {
    const { url = '', method = '' } = request;
    if (url === '/v2/') {
      response.end();
      return;
    }
    const key = url.slice(url.lastIndexOf('/') + 1);
    const listed = responses[`${method} ${key}`] ?? responses[key];
    if (listed === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not\\u001b[31m here"}]}');
      return;
    }
    const { body = good, headers = { 'content-type': ociManifestSchema1 }, status = 200 } = listed;
    response.writeHead(status, headers);
    response.end(method === 'HEAD' ? undefined : body);
  });
  return server.host;
}

const v1 = async (response: Answer | undefined, more: Record<string, Answer> = {}): Promise<Reference> =>
  parseReference(`${await registryOf({ v1: response, ...more })}/app:v1`);

describe('a registry that lies', () => {
  it('L1: is caught when it gives other bytes for a digest', async () => {
    const requested = sha256Bytes(good);
    const host = await registryOf({ [requested]: { body: manifest({ annotations: { a: 'b' } }) } });
    await expect(get(parseReference(`${host}/app@${requested}`))).rejects.toThrow(DigestMismatchError);
  });

  it('L2: is ignored in the digest of a tag, and refused with verifyTagDigest', async () => {
    const headers = {
      'content-type': ociManifestSchema1,
      'docker-content-digest': `sha256:${'0'.repeat(64)}`,
    };
    const reference = await v1({ headers });
    expect((await get(reference)).digest).toBe(sha256Bytes(good));
    await expect(get(reference, { verifyTagDigest: true })).rejects.toThrow(DigestMismatchError);
  });

  it('L3: cannot change an image by moving its tag after the first request', async () => {
    const digest = sha256Bytes(config);
    const reference = await v1({}, { [digest]: { body: config, headers: {} } });
    const pulled = await image(reference);
    expect(await pulled.digest()).toBe(sha256Bytes(good));
    expect((await pulled.configFile()).os).toBe('linux');
  });

  it.each([
    [
      'L10: is refused if it sends an index with the type of an image',
      { body: json({ schemaVersion: 2, manifests: [] }) },
    ],
    [
      'L10: is refused if its content type differs from the type in the manifest',
      { headers: { 'content-type': dockerManifestSchema2 } },
    ],
    [
      'L11: is refused if it sends a document that is both an image and an index',
      { body: manifest({ manifests: [] }) },
    ],
    ['L14: is refused if it sends invalid JSON', { body: Buffer.from('{"schemaVersion": 2') }],
  ])('%s', async (_title, response) => {
    await expect(get(await v1(response))).rejects.toThrow(ManifestInvalidError);
  });

  it.each([
    ['no type', {}],
    [
      'a type in upper case with parameters',
      { 'content-type': 'APPLICATION/VND.OCI.image.manifest.v1+json; charset=utf-8' },
    ],
    ['a general type', { 'content-type': 'application/json' }],
  ])('L12: is understood if it sends %s', async (_title, headers) => {
    expect((await get(await v1({ headers }))).mediaType).toBe(ociManifestSchema1);
  });

  it('L13: is recognised if it sends a login page, which is quoted without control characters', async () => {
    const body = Buffer.from('<html>\u001b[31mPlease\nlog in</html>');
    const failed = get(await v1({ body, headers: { 'content-type': 'text/html' } }));
    await expect(failed).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('log in'),
    });
    // eslint-disable-next-line no-control-regex -- that there are none is the point.
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringMatching(/[\u0000-\u001f]/) });
  });

  it('L17: is detected if embedded content does not match its descriptor', async () => {
    const embedded = { mediaType: ociConfigJson, size: config.length, digest: sha256Bytes(config) };
    const body = manifest({ config: { ...embedded, data: Buffer.from('other').toString('base64') } });
    const pulled = await image(await v1({ body }));
    await expect(pulled.configFile()).rejects.toThrow(SizeMismatchError);
  });

  it('L18: cannot make the client read an endless manifest', async () => {
    const reference = await v1({ body: manifest({ annotations: { a: 'x'.repeat(10_000) } }) });
    const failed = get(reference, { maxManifestBytes: 5000 });
    await expect(failed).rejects.toThrow(LimitExceededError);
    await expect(failed).rejects.toMatchObject({ option: 'maxManifestBytes' });
  });

  it('L19: cannot make the client read an endless config', async () => {
    const body = manifest({ config: { mediaType: ociConfigJson, size: 5e9, digest: sha256Bytes(config) } });
    const pulled = await image(await v1({ body }));
    await expect(pulled.configFile()).rejects.toMatchObject({ option: 'maxConfigBytes' });
  });

  it('gets a second request for a config if a cache sent another one', async () => {
    const digest = sha256Bytes(config);
    let served = 0;
    const responses: Record<string, Answer> = {
      v1: {},
      get [digest]() {
        served += 1;
        return { body: served === 1 ? Buffer.alloc(config.length) : config, headers: {} };
      },
    };
    const pulled = await image(parseReference(`${await registryOf(responses)}/app:v1`));
    expect((await pulled.configFile()).architecture).toBe('amd64');
    expect(served).toBe(2);
  });

  it('L22: gets a GET request for the manifest if its response to HEAD is incomplete', async () => {
    const reference = await v1({}, { 'HEAD v1': { headers: { 'content-type': ociManifestSchema1 } } });
    expect(await head(reference)).toMatchObject({ digest: sha256Bytes(good), size: good.length });
  });

  it('is not trusted if its response to HEAD has another digest than the requested one: GET decides', async () => {
    const requested = sha256Bytes(good);
    const headers = {
      'content-type': ociManifestSchema1,
      'content-length': '10',
      'docker-content-digest': `sha256:${'0'.repeat(64)}`,
    };
    const right = await registryOf({ [`HEAD ${requested}`]: { headers }, [requested]: {} });
    expect(await head(parseReference(`${right}/app@${requested}`))).toMatchObject({
      digest: requested,
      size: good.length,
    });
    const wrong = await registryOf({
      [`HEAD ${requested}`]: { headers },
      [requested]: { body: manifest({ annotations: { a: 'b' } }) },
    });
    await expect(head(parseReference(`${wrong}/app@${requested}`))).rejects.toThrow(DigestMismatchError);
  });

  it('L27: can send schema 1 manifests as bytes, but not as images', async () => {
    const body = json({ schemaVersion: 1, name: 'app', signatures: [] });
    const found = await get(await v1({ body, headers: { 'content-type': dockerManifestSchema1Signed } }));
    expect(Buffer.from(found.manifest).equals(body)).toBe(true);
    await expect(found.image()).rejects.toThrow(UnsupportedError);
  });

  it('cannot put control characters into the error for a missing manifest', async () => {
    const failed = get(await v1(undefined));
    await expect(failed).rejects.toThrow(NotFoundError);
    await expect(failed).rejects.toThrow(/app:v1.*MANIFEST_UNKNOWN/);
  });

  it('is detected if a child has another size than in the index', async () => {
    const child = sha256Bytes(good);
    const listed = { mediaType: ociManifestSchema1, size: good.length + 1, digest: child };
    const body = json({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [listed] });
    const reference = await v1({ body, headers: { 'content-type': ociImageIndex } }, { [child]: {} });
    await expect(image(reference)).rejects.toThrow(SizeMismatchError);
  });

  it('P1: cannot make the client follow endlessly nested indexes', async () => {
    const responses: Record<string, Answer> = {};
    let child = { mediaType: ociManifestSchema1, body: good };
    for (let depth = 0; depth < 20; depth += 1) {
      responses[sha256Bytes(child.body)] = { body: child.body, headers: { 'content-type': child.mediaType } };
      const listed = { mediaType: child.mediaType, size: child.body.length, digest: sha256Bytes(child.body) };
      child = {
        mediaType: ociImageIndex,
        body: json({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [listed] }),
      };
    }
    const reference = await v1({ body: child.body, headers: { 'content-type': ociImageIndex } }, responses);
    await expect(image(reference)).rejects.toThrow(LimitExceededError);
  });

  it('is refused if it sends an image for an index', async () => {
    await expect(index(await v1({}))).rejects.toThrow(UnsupportedError);
  });

  it('may use an unknown layer type', async () => {
    const layer = { mediaType: 'application/x-thing', size: 3, digest: sha256Bytes(Buffer.from('abc')) };
    const pulled = await image(await v1({ body: manifest({ layers: [{ ...layer, mediaType: ociLayer }] }) }));
    expect(await (await pulled.layers())[0]!.size()).toBe(3);
  });
});
