import { describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { head } from '../../src/remote/head.js';
import { image } from '../../src/remote/image.js';
import { layer } from '../../src/remote/layer.js';
import { push } from '../../src/remote/push.js';
import { ociManifestSchema1 } from '../../src/v1/types.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { useRegistryBehind } from '../support/servers/registry-behind.js';
import { storedImage } from '../support/images/stored-image.js';

const registryBehind = useRegistryBehind();
const options = { clock: hurriedClock };

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** A registry with an image. After the push, a test can set other responses for one path. */
async function pushedBefore(path: string, headOnly: Record<string, string>) {
  const responses: { HEAD?: Answer; GET?: Answer } = {};
  const { host, requests } = await registryBehind(({ method = '', url = '' }, response) => {
    const listed = method === 'HEAD' || method === 'GET' ? responses[method] : undefined;
    if (listed === undefined || !url.includes(path)) return false;
    response.writeHead(listed.status, listed.headers).end(listed.body);
    return true;
  });
  const tag = parseReference(`${host}/app:v1`);
  const pushed = compressedToImage(storedImage());
  await push(tag, pushed, options);
  responses.HEAD = { status: 200, headers: headOnly };
  return { tag, pushed, requests, answers: responses };
}

const bareless = (): never => {
  throw new Error('the image has no layer');
};

describe('HEAD', () => {
  it.each<[string, Record<string, string>]>([
    ['no length', {}],
    ['the length 0', { 'content-length': '0' }],
    ['the length of an encoded form', { 'content-length': '5', 'content-encoding': 'gzip' }],
  ])('N16: of a blob leaves the size to GET if it sends %s', async (_name, headers) => {
    const { tag, requests } = await pushedBefore('/blobs/', headers);
    const [first] = await (await image(tag, options)).layers();
    expect(await first?.exists?.()).toBe(true);
    expect(requests.map((request) => request.split(' ', 1)[0]).slice(-2)).toEqual(['HEAD', 'GET']);
    const bare = await layer(tag.context().digest(await (first ?? bareless()).digest()), options);
    expect(await bare.size()).toBe(await first?.size());
  });

  it('N16: of a blob with a length other than in the descriptor counts only if GET agrees', async () => {
    const { tag, answers: responses } = await pushedBefore('/blobs/', { 'content-length': '5' });
    const [first] = await (await image(tag, options)).layers();
    expect(await first?.exists?.()).toBe(true);
    for (const [status, headers] of [
      [200, { 'content-length': '5' }],
      [206, { 'content-length': '1', 'content-range': 'bytes 0-0/5' }],
    ] as const) {
      responses.GET = { status, headers, body: 'x'.repeat(Number(headers['content-length'])) };
      expect(await first?.exists?.()).toBe(false);
    }
  });

  const digest = `sha256:${'1'.repeat(64)}`;
  it.each<[string, Record<string, string>]>([
    ['a general type', { 'content-type': 'application/json', 'content-length': '5' }],
    [
      'the length of an encoded form',
      { 'content-type': ociManifestSchema1, 'content-length': '5', 'content-encoding': 'gzip' },
    ],
    ['the length 0', { 'content-type': ociManifestSchema1, 'content-length': '0' }],
  ])('N16: of a manifest leaves the descriptor to GET if it sends %s', async (_name, headers) => {
    const headHeaders = { 'docker-content-digest': digest, ...headers };
    const { tag, pushed } = await pushedBefore('/manifests/', headHeaders);
    expect(await head(tag, options)).toMatchObject({
      mediaType: ociManifestSchema1,
      digest: await pushed.digest(),
      size: (await pushed.rawManifest()).byteLength,
    });
  });

  it('N16: of a manifest without type and length still confirms that it exists', async () => {
    const pushed = compressedToImage(storedImage());
    const headHeaders = { 'docker-content-digest': await pushed.digest() };
    const { tag, requests } = await pushedBefore('/manifests/', headHeaders);
    requests.length = 0;
    await push(tag.context().tag('v2'), pushed, options);
    expect(requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
  });
});
