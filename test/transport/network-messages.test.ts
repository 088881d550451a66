import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import type { HttpClient } from '../../src/transport/guard/http-client.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { isMetadataHost } from '../../src/transport/guard/metadata-host.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { certificates } from '../support/servers/certificates.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { gantry } from '../support/programs/gantry.js';
import { sendJson, useServers } from '../support/servers/http-server.js';
import { openSession, read } from '../support/servers/session.js';

const servers = useServers();

const MANIFEST = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}`;

/** Runs a function with these proxy variables only. */
async function withProxies<T>(values: Record<string, string>, run: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  const others = Object.entries(before).filter(([name]) => !/proxy$/i.test(name));
  process.env = { ...Object.fromEntries(others), ...values };
  try {
    return await run();
  } finally {
    process.env = before;
  }
}

describe('a silent registry', () => {
  it('N7: is asked once, by one scheme, and the error says which response is missing', async () => {
    const opened: Socket[] = [];
    const silent = await servers.raw((socket) => opened.push(socket));
    const clock = fakeClock();
    const client = newGotClient({ headersTimeoutMs: 60, connectTimeoutMs: 60 });
    // This simulates that the default timeout has passed.
    const slow = {
      request: async (request: Parameters<typeof client.request>[0]) =>
        client.request(request).finally(() => (clock.time += 50_000)),
    };
    await expect(
      openSession(silent.host, { client: slow, clock, insecure: true }).request(read()),
    ).rejects.toMatchObject({
      code: 'TRANSPORT',
      step: 'ping',
      message: `GET http://${silent.host}/v2/: connected, but no response within 60 ms`,
    });
    expect(opened).toHaveLength(1);
  });

  it('N7: is asked again after short timeouts', async () => {
    const opened: Socket[] = [];
    const silent = await servers.raw((socket) => opened.push(socket));
    const client = newGotClient({ headersTimeoutMs: 30 });
    await expect(
      openSession(silent.host, { client, retry: { attempts: 3 } }).request(read()),
    ).rejects.toMatchObject({ message: expect.stringContaining('no response') });
    expect(opened).toHaveLength(3);
  });

  it('N7: is distinguished from a registry that cannot be connected to if the TLS handshake is missing', async () => {
    const silent = await servers.raw(() => undefined);
    const client = newGotClient({ connectTimeoutMs: 60 });
    await expect(
      client.request({ method: 'GET', url: new URL(`https://${silent.host}/v2/`), headers: {} }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('connected, but no TLS handshake within 60 ms'),
    });
  });
});

describe('a proxy', () => {
  it.each(['http', 'https'])('N8: is named if it is down or unknown, for %s', async (scheme) => {
    const gone = await servers.raw(() => undefined);
    await gone.close();
    for (const [proxy, reason] of [
      [`http://${gone.host}`, 'connection refused'],
      ['http://no-such-proxy.invalid:3128', 'no such host'],
    ] as const) {
      await withProxies({ ALL_PROXY: proxy }, async () => {
        const url = new URL(`${scheme}://registry.test/v2/`);
        const error = await newGotClient()
          .request({ method: 'GET', url, headers: {} })
          .then(
            () => undefined,
            (caught: unknown) => caught as Error & { code: string; hint: string },
          );
        const { host } = new URL(proxy);
        expect(error?.message).toMatch(
          new RegExp(`^cannot reach the proxy ${host}: (${reason}|name lookup)`),
        );
        expect(error).toMatchObject({ code: 'TRANSPORT', hint: expect.stringContaining('HTTPS_PROXY') });
      });
    }
  });

  it('N8: resolves the name of an insecure registry if it is for http only', async () => {
    const options: string[] = [];
    const proxy = await servers.http((request, response) => {
      options.push(request.url ?? '');
      response.end('{}');
    });
    await withProxies({ HTTP_PROXY: `http://${proxy.host}` }, async () => {
      const session = openSession('registry.invalid:5000', { insecure: true, client: newGotClient() });
      expect((await session.request(read())).status).toBe(200);
    });
    expect(options).toEqual(['http://registry.invalid:5000/v2/', 'http://registry.invalid:5000/v2/app/x']);
  });
});

describe('the name of a metadata service', () => {
  it.each([
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://METADATA.google.internal./x',
    'http://metadata/x',
    'http://instance-data/latest',
    'http://instance-data.eu-west-1.compute.internal/latest',
    'http://169.254.169.254.nip.io/latest',
    'http://a-169-254-169-254.sslip.io/latest',
    'http://[fd20:ce::254]/x',
    'http://[fd00:42::42]/x',
    'http://[fd00:ec2::254]/x',
    'http://169.254.169.254/x',
  ])('N10: %s is not requested after a redirect, not even through a proxy', async (location) => {
    const options: string[] = [];
    const proxy = await servers.http((request, response) => {
      options.push(request.url ?? '');
      if (request.url?.endsWith('/v2/') === true) response.end('{}');
      else response.writeHead(307, { location }).end();
    });
    await withProxies({ HTTP_PROXY: `http://${proxy.host}` }, async () => {
      const session = openSession('10.0.0.1:5000', { insecure: true, client: viaHttp() });
      await expect(session.request(read())).rejects.toThrow(
        /refused to connect to .*(metadata service|link-local)/,
      );
    });
    expect(options).toEqual(['http://10.0.0.1:5000/v2/', 'http://10.0.0.1:5000/v2/app/x']);
  });

  it('N10: is allowed by allowedHosts, and other names are not affected', async () => {
    const requested: string[] = [];
    const proxy = await servers.http((request, response) => {
      requested.push(request.url ?? '');
      if (request.url?.includes('app/x') === true) {
        response.writeHead(307, { location: 'http://metadata/app' }).end();
      } else response.end('{}');
    });
    await withProxies({ HTTP_PROXY: `http://${proxy.host}` }, async () => {
      const options = { insecure: true, client: viaHttp(), allowedHosts: ['metadata'] };
      await openSession('10.0.0.1:5000', options).request(read());
    });
    expect(requested.at(-1)).toBe('http://metadata/app');
    expect(isMetadataHost(new URL('https://metadata.example.com'))).toBe(false);
    expect(isMetadataHost(new URL('https://cdn-1169.254.169.254x.example'))).toBe(false);
  });

  /** A client that refuses https, as if no server listened on that port. */
  const viaHttp = (): HttpClient => {
    const client = newGotClient();
    return {
      request: async (request) => {
        if (request.url.protocol === 'https:') throw new Error('no TLS here');
        return client.request(request);
      },
    };
  };
});

describe('error messages', () => {
  it('N9: say that a server requires a client certificate, and how to set one', async () => {
    const { ca, server: pair } = await certificates();
    const server = await servers.http((_request, response) => response.end('{}'), { tls: { ...pair, ca } });
    const registries = { [server.host]: { ca } };
    await expect(openSession(server.host, { registries }).request(read())).rejects.toMatchObject({
      message: expect.stringMatching(/wants a client certificate|refused the TLS handshake/),
      hint: expect.stringContaining('client certificate'),
    });
    const { stderr, code } = await gantry(['digest', '--insecure', `${server.host}/app:v1`]);
    expect(code).toBe(5);
    expect(stderr).toContain(`into ~/.docker/certs.d/${server.host} as client.cert and client.key`);
  });

  it('N9: say how long the registry asks to wait', async () => {
    let busy = true;
    const { host } = await servers.http((request, response) => {
      if (request.url !== '/v2/' && busy) {
        busy = false;
        response.setHeader('retry-after', '1');
        sendJson(response, 429, { errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] });
      } else if (request.url === '/v2/') response.end('{}');
      else sendJson(response, 200, { tags: ['a'] });
    });
    const { stdout, stderr } = await gantry(['ls', `${host}/app`]);
    expect(stdout).toBe('a\n');
    expect(stderr).toMatch(/^waiting 1 s, as the server asks: GET \S+: TOOMANYREQUESTS: slow down\n$/);
    busy = true;
    expect(await gantry(['ls', '-q', `${host}/app`])).toMatchObject({ stdout: 'a\n', stderr: '' });
  });

  it.each([
    ['app:v1', 405, 'many registries delete by digest only, and some delete nothing'],
    ['app:v1', 400, 'many registries delete by digest only, and some delete nothing'],
    ['app:v1', 501, 'many registries delete by digest only, and some delete nothing'],
    [
      `app@${sha256Bytes(Buffer.from(MANIFEST))}`,
      405,
      'the registry may be configured not to delete anything: ask its operator',
    ],
  ])('N9: say why %s may not be deleted (%d)', async (name, status, hint) => {
    const { host } = await servers.http((request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else if (request.method !== 'DELETE') {
        response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json');
        response.end(MANIFEST);
      } else sendJson(response, status, { errors: [{ code: 'UNSUPPORTED' }] });
    });
    expect((await gantry(['delete', `${host}/${name}`])).stderr).toContain(hint);
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['a redirect that is not followed', 302, { location: '/login?next=x' }, '/login'],
    ['a web page with status 403', 403, { 'content-type': 'text/html' }, 'the server sent a web page'],
    ['a web page with status 401', 401, { 'content-type': 'text/html' }, 'the server sent a web page'],
    ['a wait that is too long', 429, { 'retry-after': '3600' }, 'wait 3600 seconds'],
    ['a limit without a wait', 429, {}, 'wait, or log in'],
  ])('N12: explain %s', async (_name, status, headers, hint) => {
    const { host } = await servers.http((request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else response.writeHead(status, headers).end();
    });
    const options = openSession(host).request(read({ method: 'DELETE' }));
    await expect(options).rejects.toMatchObject({ hint: expect.stringContaining(hint) });
  });

  it('N12: say that a token does not match its Content-Encoding, and the request is not repeated', async () => {
    const options: string[] = [];
    const { host } = await servers.http((request, response) => {
      const { url = '', headers } = request;
      options.push(url.split('?', 1)[0] ?? '');
      if (url === '/v2/' || !url.startsWith('/token')) {
        response.setHeader('www-authenticate', `Bearer realm="http://${headers.host ?? ''}/token"`);
        response.writeHead(401).end();
      } else
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.from('{"token":"t"}')).subarray(0, -12));
    });
    await expect(openSession(host).request(read())).rejects.toThrow('Content-Encoding');
    expect(options).toEqual(['/v2/', '/token']);
  });

  it('N9: say that a repository is missing or private, because Docker Hub does not distinguish these', async () => {
    const { host } = await servers.http((request, response) => {
      const origin = `http://${request.headers.host ?? ''}`;
      if (request.url?.startsWith('/token') === true) {
        sendJson(response, 200, { token: 't' });
        return;
      }
      const scope = request.url === '/v2/' ? '' : ',scope="repository:app:pull",error="insufficient_scope"';
      response.setHeader('www-authenticate', `Bearer realm="${origin}/token",service="s"${scope}`);
      sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
    });
    const { stderr, code } = await gantry(['manifest', `${host}/app:v1`]);
    expect(code).toBe(4);
    expect(stderr).toContain(
      `check the name ${host}/app, which may not exist, or log in with \`gantry auth login ${host}\``,
    );
  });
});
