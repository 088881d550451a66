import { afterEach, describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { newRegistry } from '../../src/name/registry.js';
import { checkError } from '../../src/transport/wire/check-error.js';
import { diagnosticsChannels } from '../../src/transport/wire/diagnostics.js';
import { exchange } from '../../src/transport/exchange.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { newSession } from '../../src/transport/new-session.js';
import { ping } from '../../src/transport/ping-registry.js';
import { redactUrl } from '../../src/transport/wire/redact.js';
import { parseWarnings, type RegistryWarning } from '../../src/transport/wire/parse-warnings.js';
import { bearerRegistry } from '../support/servers/bearer-registry.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { useServers } from '../support/servers/http-server.js';
import { authOf, canaryUser, openSession, read } from '../support/servers/session.js';

const servers = useServers();
const request = { method: 'GET', url: new URL('https://r.example/v2/app/manifests/v1?sig=canary&n=5') };
const SHOWN = 'GET https://r.example/v2/app/manifests/v1?sig=REDACTED&n=5';
const failing = async (status: number, body: string | Readable, headers = {}) =>
  checkError(
    { status, headers, body: typeof body === 'string' ? Readable.from([Buffer.from(body)]) : body },
    request,
    [200],
  ).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('checkError', () => {
  it('does not touch a response with an expected status', async () => {
    const body = Readable.from([Buffer.from('x')]);
    expect(await failing(200, body)).toBeUndefined();
    expect(body.destroyed).toBe(false);
  });

  it('has the errors of the registry in its message', async () => {
    const errors = [
      { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: { tag: 'v1' } },
      { code: 'DENIED', message: '' },
    ];
    expect(await failing(400, JSON.stringify({ errors }))).toMatchObject({
      code: 'TRANSPORT',
      message: `${SHOWN}: MANIFEST_UNKNOWN: manifest unknown; DENIED`,
      url: SHOWN.slice('GET '.length),
      status: 400,
      diagnostics: errors.map(({ code, message, detail }) => ({ code, message, ...(detail && { detail }) })),
    });
  });

  it.each([
    [401, 'AUTH'],
    [403, 'AUTH'],
    [404, 'NOT_FOUND'],
    [405, 'TRANSPORT'],
    [500, 'TRANSPORT'],
  ])('turns status %d into an error with code %s', async (status, code) => {
    const error = await failing(status, '');
    expect(error).toMatchObject({ code, ...(code === 'TRANSPORT' ? { status } : { cause: { status } }) });
  });

  it('L13: quotes only a short part of a web page', async () => {
    const error = (await failing(502, `<html>${'x'.repeat(10_000)}`)) as Error;
    expect(error.message).toContain(`${SHOWN}: status 502 Bad Gateway: <html>xxx`);
    expect(error.message.length).toBeLessThan(400);
  });

  it('L21: removes escape sequences, newlines and invisible characters', async () => {
    const evil = 'a\u001b[31mb\r\nc\u202ed\u0000e\u2028f';
    const texts = [evil, JSON.stringify({ errors: [{ code: evil, message: evil }] })];
    for (const text of texts) {
      const error = (await failing(400, text, { 'www-authenticate': evil })) as Error;
      // eslint-disable-next-line no-control-regex -- the test looks for control characters
      expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    }
  });

  it('L20: reads 64 KiB of an endless body, and keeps the status', async () => {
    let given = 0;
    const body = new Readable({
      read() {
        given += 16 * 1024;
        this.push(Buffer.alloc(16 * 1024, 'a'));
      },
    });
    expect(await failing(500, body)).toMatchObject({ status: 500 });
    expect([body.destroyed, given < 1024 * 1024]).toEqual([true, true]);
  });

  it('keeps the status if the body breaks off', async () => {
    const body = new Readable({
      read() {
        this.destroy(new Error('gone'));
      },
    });
    expect(await failing(404, body)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(['{"errors":17}', '{"errors":[null,17,{"code":5}]}', '{', '{"errors":{}}', '[]', 'null'])(
    'accepts the malformed body %s',
    async (text) => {
      expect(await failing(400, text)).toMatchObject({ status: 400, diagnostics: [] });
    },
  );

  it('treats an error of a busy registry as temporary, whatever the status', async () => {
    expect(await failing(400, '{"errors":[{"code":"TOOMANYREQUESTS"}]}')).toMatchObject({ temporary: true });
    expect(await failing(400, '{"errors":[{"code":"TOOMANYREQUESTS"},{"code":"DENIED"}]}')).toMatchObject({
      temporary: false,
    });
  });
});

describe('redactUrl', () => {
  it.each([
    ['https://u:p@r.example/a?digest=sha256:0&sig=x#f', 'https://r.example/a?digest=sha256%3A0&sig=REDACTED'],
    [
      'https://r.example/a?scope=s&service=v&mount=m&from=f&n=1&last=l',
      'https://r.example/a?scope=s&service=v&mount=m&from=f&n=1&last=l',
    ],
    ['https://r.example/a?x&y=', 'https://r.example/a?x=REDACTED&y=REDACTED'],
    ['https://r.example/a', 'https://r.example/a'],
  ])('A21: %s', (url, shown) => {
    expect(redactUrl(new URL(url))).toBe(shown);
  });
});

describe('diagnostics events', () => {
  const messages: [string, unknown][] = [];
  const listeners = Object.values(diagnosticsChannels).map((name) => {
    const listener = (message: unknown): void => void messages.push([name, message]);
    subscribe(name, listener);
    return () => {
      unsubscribe(name, listener);
    };
  });
  afterEach(() => {
    for (const stop of listeners.splice(0)) stop();
  });

  it('describe requests, retries and tokens, without secrets', async () => {
    let failures = 1;
    const { listener } = bearerRegistry({
      token: () => ({ token: 'canary-token', expires_in: 100 }),
      response: (_request, response) => response.writeHead(failures-- > 0 ? 503 : 200).end(),
    });
    const server = await servers.http(listener);
    await openSession(server.host, { auth: canaryUser }).request(read({ target: '/v2/app/x?sig=canary' }));
    expect(
      messages.map(([name, message]) => [
        name.replace('containerregistry:', ''),
        (message as { url?: string }).url,
      ]),
    ).toEqual([
      ['request', `${server.origin}/v2/`],
      ['response', `${server.origin}/v2/`],
      ['request', `${server.origin}/token?service=registry.test&scope=repository%3Aapp%3Apull`],
      ['response', `${server.origin}/token?service=registry.test&scope=repository%3Aapp%3Apull`],
      ['token', undefined],
      ['request', `${server.origin}/v2/app/x?sig=REDACTED`],
      ['response', `${server.origin}/v2/app/x?sig=REDACTED`],
      ['retry', undefined],
      ['request', `${server.origin}/v2/app/x?sig=REDACTED`],
      ['response', `${server.origin}/v2/app/x?sig=REDACTED`],
    ]);
    expect(JSON.stringify(messages)).not.toContain('canary');
  });
});

describe('warnings', () => {
  it('are reported once', async () => {
    const server = await servers.http((_request, response) => {
      response.setHeader('warning', ['299 - "going \\"away\\""', '299 - "b\u0007"'.replace('\u0007', '')]);
      response.end();
    });
    const warnings: RegistryWarning[] = [];
    const session = openSession(server.host, { onWarning: (warning) => warnings.push(warning) });
    await session.request(read());
    await session.request(read());
    expect(warnings).toEqual([
      { registry: server.host, text: 'going "away"' },
      { registry: server.host, text: 'b' },
    ]);
  });

  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ['199 - "x"', []],
    ['299 - x', []],
    ['299 - "a", 299 agent "b"', ['a', 'b']],
    ['299 - "a\u001b[31mb"', ['a [31mb']],
  ])('%p is parsed as %p', (header, expected) => {
    expect(parseWarnings(header)).toEqual(expected);
  });
});

describe('exchange', () => {
  it('returns the token that a session would use', async () => {
    const { listener } = bearerRegistry({ token: () => ({ token: 'x', expires_in: 17 }) });
    const server = await servers.http(listener);
    const registry = newRegistry(server.host);
    const options = { client: newGotClient(), clock: fakeClock() };
    const token = await exchange(registry, await ping(registry, options), {
      ...options,
      scopes: ['repository:app:pull'],
    });
    expect(token).toEqual({ token: 'x', expiresIn: 17, refreshToken: undefined });
  });

  it('fails if there are no credentials to exchange', async () => {
    const server = await servers.http((_request, response) => response.end());
    const registry = newRegistry(server.host);
    const options = { client: newGotClient(), auth: authOf({}), scopes: [] };
    await expect(exchange(registry, await ping(registry, options), options)).rejects.toMatchObject({
      code: 'AUTH',
    });
  });
});

it.each<[string, Parameters<typeof newSession>[1]]>([
  ['retry.attempts', { retry: { attempts: 0 } }],
  ['idleTimeoutMs', { timeouts: { idleTimeoutMs: -1 } }],
  ['userAgent', { userAgent: 'a\r\nb' }],
  ['registries', { registries: { 'not a host': {} } }],
])('C6: a session with an invalid %s is refused at once', (name, options) => {
  expect(() => newSession(newRegistry('r.example'), options)).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(name) }),
  );
});
