import { describe, expect, it } from '@jest/globals';
import { basic, fromConfig } from '../../src/authn/config/from-config.js';
import { AuthError } from '../../src/errors/service/auth.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { image as randomImage } from '../../src/random/image.js';
import { serve } from '../../src/registry/serve.js';
import { get } from '../../src/remote/get.js';
import { write } from '../../src/remote/push.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { jsonResponse, tooManyRequests } from '../../src/testing/server/responses.js';
import { tokenServer, type TokenServerOptions } from '../../src/testing/token-server.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { useClosing } from '../support/tools/closing.js';
import { fakeClock } from '../support/tools/fake-clock.js';

const closing = useClosing();
const auth = basic({ username: 'ann', password: 'pass' });

/** A token server, a registry that requires its tokens, and functions that push to it and read from it. */
async function setUp(options: TokenServerOptions = {}) {
  const clock = fakeClock();
  const tokens = await closing(tokenServer({ users: { ann: 'pass' }, clock, ...options }));
  const registry = await closing(serve({ auth: { token: tokens.auth } }));
  const shared: RemoteOptions = { client: newGotClient(), clock, auth, trustedRealms: [tokens.host] };
  const reference = parseReference(`${registry.host}/app:v1`);
  const push = async (more: RemoteOptions = {}) =>
    write(reference, randomImage(1000, 1), { ...shared, ...more });
  const read = async (more: RemoteOptions = {}) => get(reference, { ...shared, ...more });
  return { clock, tokens, push, read };
}

describe('tokenServer', () => {
  it('issues tokens for the requested scopes, which the registry accepts', async () => {
    const { tokens, push, read } = await setUp();
    await push();
    await read();
    expect(tokens.issued.map(({ user, scopes }) => ({ user, scopes }))).toEqual([
      { user: 'ann', scopes: ['repository:app:push,pull'] },
      { user: 'ann', scopes: ['repository:app:pull'] },
    ]);
  });

  it('refuses a wrong password and anonymous requests if it has users', async () => {
    const { push } = await setUp();
    await expect(push({ auth: basic({ username: 'ann', password: 'wrong' }) })).rejects.toThrow(AuthError);
    await expect(push({ auth: undefined })).rejects.toMatchObject({ code: expect.any(String) });
  });

  it('issues tokens to everybody if it has no users', async () => {
    const { tokens, push } = await setUp({ users: undefined });
    await push({ auth: undefined });
    expect(tokens.issued[0]!.user).toBeUndefined();
  });

  it('supports OAuth2, and rotates refresh tokens', async () => {
    const { tokens, push } = await setUp({ refreshTokens: { first: 'ann' }, rotate: true });
    const identity = fromConfig({ identityToken: 'first' });
    await push({ auth: identity });
    expect(tokens.requests.map(({ method }) => method)).toContain('POST');
    for (let count = 0; count < 3; count += 1) {
      tokens.expireAll();
      await push({ auth: identity });
    }
    const again = setUp({ refreshTokens: {} });
    await expect((await again).push({ auth: identity })).rejects.toThrow(AuthError);
  });

  it('issues tokens that expire, and clients request new ones', async () => {
    const { clock, tokens, push, read } = await setUp({ expiresIn: 60 });
    await push();
    clock.time += 61_000;
    await read();
    tokens.expireAll();
    await read();
    expect(tokens.issued).toHaveLength(3);
  });

  it('issues tokens that the registry refuses if the audience is another service', async () => {
    const { push } = await setUp({ audience: 'another' });
    await expect(push()).rejects.toMatchObject({ code: 'AUTH' });
  });

  it('can send a wrong lifetime, omit it, or use only one of the token fields', async () => {
    for (const options of [
      { claimedExpiresIn: 'soon' },
      { claimedExpiresIn: null },
      { field: 'token' },
      { field: 'access_token' },
    ] satisfies TokenServerOptions[]) {
      const { push } = await setUp(options);
      await push();
    }
  });

  it('serves requests from its script before it issues tokens', async () => {
    const { tokens, push } = await setUp({
      script: [
        { response: tooManyRequests(2) },
        { response: { status: 503 } },
        { response: jsonResponse({}, { delayMs: 1, status: 502 }) },
      ],
    });
    await push();
    tokens.expectDone();
    const html = await setUp({ script: [{ response: { body: '<html>' } }] });
    await expect(html.push()).rejects.toThrow(AuthError);
  });

  it('stops at the end of an `await using` block', async () => {
    let url;
    {
      await using tokens = await tokenServer();
      url = tokens.realm;
      expect((await fetch(url)).status).toBe(200);
    }
    await expect(fetch(url)).rejects.toThrow();
  });
});
