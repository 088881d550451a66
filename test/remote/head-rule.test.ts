import { describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { deleteManifest } from '../../src/remote/delete.js';
import { get } from '../../src/remote/get.js';
import { head } from '../../src/remote/head.js';
import { image } from '../../src/remote/image.js';
import { layer } from '../../src/remote/layer.js';
import { push } from '../../src/remote/push.js';
import type { HttpRequest } from '../../src/transport/guard/http-client.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { type RegistryBehind, useRegistryBehind } from '../support/servers/registry-behind.js';
import { storedImage } from '../support/images/stored-image.js';

const registryBehind = useRegistryBehind();
const options = { clock: hurriedClock };

const refusing = async (status: number, headers = {}): Promise<RegistryBehind> =>
  registryBehind(({ method }, response) => {
    if (method !== 'HEAD') return false;
    response.writeHead(status, headers).end();
    return true;
  });

describe.each([400, 401, 403, 404, 405, 410, 412, 429, 500, 501, 503])(
  'HEAD with the response %d',
  (status) => {
    it('G3: does not prevent a push, a head, a read or a delete', async () => {
      const { host } = await refusing(status);
      const tag = parseReference(`${host}/app:v1`);
      const pushed = compressedToImage(storedImage());
      await push(tag, pushed, options);
      // Again, where everything is there already.
      await push(tag, pushed, options);
      const digest = await pushed.digest();
      expect(await head(tag, options)).toMatchObject({
        digest,
        size: (await pushed.rawManifest()).byteLength,
      });

      const [described] = await (await image(tag, options)).layers();
      expect(await described?.exists?.()).toBe(true);
      const bare = await layer(tag.context().digest(await (described ?? bareless()).digest()), options);
      expect(await bare.exists?.()).toBe(true);
      expect(await bare.size()).toBe(await described?.size());

      await deleteManifest(tag.context().digest(digest), options);
      await expect(get(tag, options)).rejects.toThrow(NotFoundError);
    });

    it('G3: is followed by one GET, whose error is shown', async () => {
      const { host, requests } = await refusing(status);
      const failure = head(parseReference(`${host}/app:missing`), options);
      await expect(failure).rejects.toThrow(NotFoundError);
      await expect(failure).rejects.toThrow('UNKNOWN');
      const path = '/v2/app/manifests/missing';
      expect(requests).toEqual(['GET /v2/', `HEAD ${path}`, `GET ${path}`]);
    });
  },
);

const bareless = (): never => {
  throw new Error('the image has no layer');
};

describe('HEAD', () => {
  it.each([
    ['without a length', { 'content-type': 'a/b', 'docker-content-digest': `sha256:${'1'.repeat(64)}` }],
    [
      'with another digest',
      { 'content-type': 'a/b', 'docker-content-digest': `sha256:${'1'.repeat(64)}`, 'content-length': '5' },
    ],
    ['without any headers', {}],
  ])('G3: %s leaves the descriptor to GET', async (_name, headers) => {
    const { host } = await registryBehind(({ method, url = '' }, response) => {
      if (method !== 'HEAD' || !url.includes('/manifests/')) return false;
      response.writeHead(200, headers).end();
      return true;
    });
    const tag = parseReference(`${host}/app:v1`);
    const pushed = compressedToImage(storedImage());
    await push(tag, pushed, options);
    const digest = await pushed.digest();
    expect((await head(tag.context().digest(digest), options)).digest).toBe(digest);
  });

  it('G3: leaves the blob to GET if a redirect leads to a storage that refuses HEAD', async () => {
    const storage = await refusing(403);
    const { host } = await registryBehind(({ method, url = '' }, response) => {
      if (method !== 'HEAD' || !url.includes('/blobs/')) return false;
      response.writeHead(307, { location: `http://${storage.host}${url}` }).end();
      return true;
    });
    const tag = parseReference(`${host}/app:v1`);
    await push(tag, compressedToImage(storedImage()), options);
    const [first] = await (await image(tag, options)).layers();
    expect(await first?.exists?.()).toBe(true);
  });

  it('G3: is retried after a temporary failure before blobs are sent in vain', async () => {
    let failures = 0;
    const { host, requests } = await registryBehind(({ method, url = '' }, response) => {
      if (method !== 'HEAD' || !url.includes('/blobs/') || failures > 0) return false;
      failures += 1;
      response.writeHead(503).end();
      return true;
    });
    const pushed = compressedToImage(storedImage());
    await push(parseReference(`${host}/app:v1`), pushed, options);
    requests.length = 0;
    failures = 0;
    await push(parseReference(`${host}/app:v2`), pushed, options);
    expect(requests.filter((request) => request.startsWith('P'))).toEqual(['PUT /v2/app/manifests/v2']);
    expect(failures).toBe(1);
  });

  it('G3: of a manifest that cannot be read prevents only reading it', async () => {
    const { host } = await registryBehind(({ method, url = '' }, response) => {
      if (method !== 'GET' || !url.includes('/manifests/')) return false;
      response.writeHead(500).end();
      return true;
    });
    const pushed = compressedToImage(storedImage());
    const tag = parseReference(`${host}/app:v1`);
    await push(tag, pushed, options);
    await deleteManifest(tag.context().digest(await pushed.digest()), options);
    await expect(deleteManifest(tag.context().digest(await pushed.digest()), options)).rejects.toThrow(
      NotFoundError,
    );
  });

  const garbage = (text: string) => (_url: string, response: ServerResponse) => response.socket?.end(text);
  const redirected = (location: string) => (url: string, response: ServerResponse) =>
    response.writeHead(302, { location: location.replace('URL', url) }).end();

  it.each<[string, (url: string, response: ServerResponse) => unknown]>([
    ['leads into a redirect loop', redirected('URL')],
    ['leads to a host that does not exist', redirected('http://127.0.0.1:1/x')],
    ['leads to an invalid URL', redirected('http://[x')],
    ['breaks the connection', (_url, { socket }) => socket?.destroy()],
    ['gets a response that is not HTTP', garbage('nothing of the kind\r\n\r\n')],
    ['gets a response with a body', garbage('HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello')],
  ])('G21: that %s does not prevent a push, a head or a delete', async (_name, headResponse) => {
    const { host, requests } = await registryBehind(({ method, url = '' }, response) => {
      if (method !== 'HEAD') return false;
      headResponse(url, response);
      return true;
    });
    const tag = parseReference(`${host}/app:v1`);
    const pushed = compressedToImage(storedImage());
    await push(tag, pushed, options);
    const digest = await pushed.digest();
    requests.length = 0;
    expect((await head(tag, options)).digest).toBe(digest);
    expect(requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
    await deleteManifest(tag.context().digest(digest), options);
  });

  it.each([
    ['none', undefined],
    ['an unterminated quote', 'Bearer realm="https://x'],
    ['no scheme', '="x"'],
    ['no realm', 'Bearer service="s"'],
    ['a realm that is not a URL', 'Bearer realm="token",service="s"'],
    ['an unknown scheme', 'Negotiate abc=='],
  ])('N15: with status 401 and a challenge with %s leaves everything to GET', async (_n, value) => {
    const { host } = await refusing(401, value === undefined ? {} : { 'www-authenticate': value });
    const tag = parseReference(`${host}/app:v1`);
    const pushed = compressedToImage(storedImage());
    await push(tag, pushed, options);
    expect((await head(tag, options)).digest).toBe(await pushed.digest());
    const [first] = await (await image(tag, options)).layers();
    expect(await first?.exists?.()).toBe(true);
  });

  it('N15: is followed by GET, whose invalid challenge is shown with its status', async () => {
    const { host } = await registryBehind(({ url = '' }, response) => {
      if (url === '/v2/') return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="https://x' }).end();
      return true;
    });
    await expect(get(parseReference(`${host}/app:v1`), options)).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('401 Unauthorized (challenge: Bearer realm="https://x)'),
    });
  });

  it('G21: times out long before GET if the registry never responds', async () => {
    const { host } = await registryBehind(({ method }) => method === 'HEAD');
    const tag = parseReference(`${host}/app:v1`);
    const timeouts: unknown[] = [];
    const client = newGotClient({ headersTimeoutMs: 60_000 });
    const impatient = {
      request: async (request: HttpRequest) => {
        if (request.method === 'HEAD') timeouts.push(request.headersTimeoutMs);
        const wait = request.headersTimeoutMs === undefined ? {} : { headersTimeoutMs: 50 };
        return client.request({ ...request, ...wait });
      },
    };
    const pushed = compressedToImage(storedImage());
    await push(tag, pushed, { ...options, client: impatient });
    expect((await head(tag, { ...options, client: impatient })).digest).toBe(await pushed.digest());
    expect(new Set(timeouts)).toEqual(new Set([12_000]));
    await client.close();
  });

  it('G21: ends the call if it is aborted', async () => {
    const controller = new AbortController();
    const { host, requests } = await registryBehind(({ method }) => {
      if (method === 'HEAD') controller.abort(new Error('enough'));
      return method === 'HEAD';
    });
    const failure = head(parseReference(`${host}/app:v1`), { ...options, signal: controller.signal });
    await expect(failure).rejects.toThrow('enough');
    expect(requests).toEqual(['GET /v2/', 'HEAD /v2/app/manifests/v1']);
  });
});
