import { AssertionError } from 'node:assert';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/name/parse-reference.js';
import { image as randomImage } from '../../src/random/image.js';
import { newRegistry } from '../../src/registry/registry.js';
import { image } from '../../src/remote/image.js';
import { write } from '../../src/remote/push.js';
import type { ScriptedResponse } from '../../src/testing/server/response.js';
import {
  errorResponse,
  jsonResponse,
  noResponse,
  tooManyRequests,
} from '../../src/testing/server/responses.js';
import { scriptedRegistry } from '../../src/testing/scripted-registry.js';
import { useClosing } from '../support/tools/closing.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { eventually } from '../support/tools/open-handles.js';
import { readAll } from '../support/tools/read-all.js';

const closing = useClosing();
const respondWith = async (response: ScriptedResponse) => closing(scriptedRegistry([{ response }]));

/** The status and headers of a response, as much of its body as arrived, and the error code if it broke off. */
async function exchange(
  url: string,
  { method = 'GET', body }: { method?: string; body?: string } = {},
): Promise<{
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
  broken: string | undefined;
}> {
  const request = httpRequest(url, { method, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
    request.end(body);
  });
  let text = '';
  let broken: string | undefined;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  } catch (error) {
    broken = (error as NodeJS.ErrnoException).code;
  }
  return { status: response.statusCode, headers: response.headers, body: text, broken };
}

describe('scriptedRegistry', () => {
  it('serves each request from the first unused step that matches it', async () => {
    const server = await closing(
      scriptedRegistry([
        { on: 'PUT', response: { status: 201 } },
        { on: 'GET /v2/app/tags/*', response: jsonResponse({ tags: ['first'] }) },
        { on: /tags\/list\?n=\d$/, response: jsonResponse({ tags: ['second'] }) },
        { on: ({ headers }) => headers['x-mark'] === 'yes', times: Infinity, response: { status: 204 } },
      ]),
    );
    const list = `${server.url}/v2/app/tags/list?n=5`;
    expect((await exchange(list)).body).toBe('{"tags":["first"]}');
    expect((await exchange(list)).body).toBe('{"tags":["second"]}');
    expect((await fetch(list, { headers: { 'x-mark': 'yes' } })).status).toBe(204);
    expect((await exchange(`${server.url}/v2/x`, { method: 'PUT' })).status).toBe(201);
    server.expectDone();
  });

  it('skips requests for a step with `skip`, and serves any number from a step with `times: Infinity`', async () => {
    const server = await closing(
      scriptedRegistry([
        { on: 'GET', skip: 1, response: { status: 503 } },
        { on: 'GET', times: Infinity, response: {} },
      ]),
    );
    const seen = [];
    for (let count = 0; count < 4; count += 1) seen.push((await exchange(server.url)).status);
    expect(seen).toEqual([200, 503, 200, 200]);
  });

  it('lists unused steps and unexpected requests in the error of expectDone', async () => {
    const server = await closing(scriptedRegistry([{ on: 'DELETE', times: 2, response: {} }]));
    expect((await exchange(`${server.url}/v2/`)).status).toBe(200);
    expect((await exchange(`${server.url}/v2/app/tags/list`)).status).toBe(404);
    expect(() => {
      server.expectDone();
    }).toThrow(AssertionError);
    expect(() => {
      server.expectDone();
    }).toThrow(/not used: step 1 \(DELETE\), 2 times\nnot expected: GET \/v2\/app\/tags\/list/);
  });

  it('accepts one function in place of steps, which can wait for the body of a request', async () => {
    const server = await closing(
      scriptedRegistry(async (request, { received }) => {
        await received();
        return { body: Buffer.from(request.body).toString().toUpperCase() };
      }),
    );
    expect((await exchange(server.url, { method: 'POST', body: 'abc' })).body).toBe('ABC');
    server.expectDone();
  });

  it('records each request with its headers as the client sent them', async () => {
    const server = await respondWith({ status: 202 });
    await fetch(`${server.url}/v2/x?y=1`, { method: 'POST', body: 'abc', headers: { 'X-Mark': 'yes' } });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/v2/x?y=1', bodyBytes: 3, connection: 1 });
    expect(request!.headers['x-mark']).toBe('yes');
    expect(request!.rawHeaders).toContain('yes');
    expect(Buffer.from(request!.body).toString()).toBe('abc');
  });

  it('stops at the end of an `await using` block, and with it the registry behind', async () => {
    let url;
    {
      await using server = await scriptedRegistry([], { behind: newRegistry() });
      url = server.url;
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    }
    await expect(fetch(`${url}/v2/`)).rejects.toThrow();
  });
});

describe('a scripted response', () => {
  it('has a status, headers and a body', async () => {
    const server = await respondWith({
      status: 418,
      headers: { etag: '"1"', 'set-cookie': ['a', 'b'] },
      body: 'tea',
    });
    const { status, headers, body } = await exchange(server.url);
    expect({ status, body }).toEqual({ status: 418, body: 'tea' });
    expect(headers).toMatchObject({ etag: '"1"', 'set-cookie': ['a', 'b'], 'content-length': '3' });
  });

  it.each([
    ['in order', 'fin'],
    ['by a reset', 'reset'],
  ] as const)('with `cut` ends the connection %s after some bytes', async (_title, by) => {
    const server = await respondWith({ body: 'abcdef', cut: { after: 3, by } });
    expect(await exchange(server.url)).toMatchObject({ status: 200, body: 'abc', broken: 'ECONNRESET' });
  });

  it('with `hangUp` ends the connection before any byte', async () => {
    for (const by of ['fin', 'reset'] as const) {
      const server = await respondWith(noResponse(by));
      await expect(exchange(server.url)).rejects.toMatchObject({ code: 'ECONNRESET' });
    }
  });

  it('can announce a wrong content-length, or none', async () => {
    const short = await respondWith({ body: 'abc', headers: { 'content-length': '5' }, cut: { after: 3 } });
    expect(await exchange(short.url)).toMatchObject({ body: 'abc', broken: 'ECONNRESET' });
    const none = await respondWith({ body: 'abc', headers: { 'content-length': null } });
    const { headers, body } = await exchange(none.url);
    expect({ encoding: headers['transfer-encoding'], body }).toEqual({ encoding: 'chunked', body: 'abc' });
  });

  it('with `stallAfter` sends nothing more until the server closes', async () => {
    for (const stallAfter of [-1, 2]) {
      const server = await respondWith({ body: 'abcdef', stallAfter });
      const failed = exchange(server.url).then(
        ({ broken }) => broken,
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
      expect(await eventually(() => server.requests.length > 0)).toBe(true);
      await server.close();
      expect(await failed).toBe('ECONNRESET');
    }
  });

  it('with `drip` sends a generated body in small pieces', async () => {
    const server = await respondWith({
      body: function* () {
        yield 'abc';
        yield Buffer.from('def');
      },
      drip: { bytes: 2, everyMs: 1 },
    });
    expect((await exchange(server.url)).body).toBe('abcdef');
  });

  it('with `raw` sends bytes that are not valid HTTP', async () => {
    const raw = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab';
    const server = await respondWith({ raw });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await readAll(socket)).toString()).toBe(raw);
  });

  it('with `readRequest` is sent before the request is complete', async () => {
    const server = await respondWith({ ...errorResponse(401, 'UNAUTHORIZED'), readRequest: 10 });
    const request = httpRequest(server.url, {
      method: 'PATCH',
      agent: false,
      headers: { 'content-length': '100' },
    });
    request.on('error', () => undefined);
    request.write('0123456789');
    const [response] = await new Promise<[IncomingMessage]>((resolve) => {
      request.once('response', (message) => {
        resolve([message]);
      });
    });
    expect(response.statusCode).toBe(401);
    request.destroy();
  });
});

describe('scriptedRegistry with a registry behind', () => {
  const options = { clock: hurriedClock };

  it('forwards requests that no step matches', async () => {
    const server = await closing(
      scriptedRegistry(
        [
          { on: 'POST /v2/app/blobs/uploads/', skip: 1, response: errorResponse(503, 'UNAVAILABLE') },
          { on: 'GET /v2/app/manifests/*', response: tooManyRequests(0) },
        ],
        { behind: newRegistry() },
      ),
    );
    const reference = parseReference(`${server.host}/app:v1`);
    const pushed = randomImage(50_000, 2);
    await write(reference, pushed, options);
    expect(await (await image(reference, options)).digest()).toBe(await pushed.digest());
    server.expectDone();
  });

  it('can change the responses of the registry', async () => {
    const server = await closing(
      scriptedRegistry(
        [
          {
            on: 'GET /v2/app/blobs/*',
            response: async (_request, { pass }) => ({ ...(await pass()), cut: { after: 10, by: 'reset' } }),
          },
        ],
        { behind: newRegistry() },
      ),
    );
    const reference = parseReference(`${server.host}/app:v1`);
    await write(reference, randomImage(50_000, 1), options);
    const [layer] = await (await image(reference, options)).layers();
    expect(await readAll(await layer!.compressed())).toHaveLength(await layer!.size());
    expect(server.requests.at(-1)!.headers.range).toBe('bytes=10-');
    server.expectDone();
  });

  it('rejects pass() if the body was read before, or if there is no registry behind', async () => {
    const refusals: unknown[] = [];
    const server = await closing(
      scriptedRegistry(
        async (_request, { pass, received }) => {
          await received();
          return pass().catch((error: unknown) => {
            refusals.push(error);
            return {};
          });
        },
        { behind: newRegistry() },
      ),
    );
    await exchange(server.url, { method: 'POST', body: 'x' });
    const alone = await closing(
      scriptedRegistry(async (_request, { pass }) =>
        pass().catch((error: unknown) => {
          refusals.push(error);
          return {};
        }),
      ),
    );
    await exchange(alone.url);
    expect(refusals).toEqual([expect.any(TypeError), expect.any(TypeError)]);
  });

  it('counts its open connections, and closes them', async () => {
    const server = await respondWith({ stallAfter: 0, body: 'x' });
    const failed = exchange(server.url).catch(() => undefined);
    expect(await eventually(() => server.openConnections() === 1)).toBe(true);
    await server.close();
    await failed;
    expect(server.openConnections()).toBe(0);
  });
});
