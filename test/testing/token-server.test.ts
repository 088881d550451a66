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

async function world(options: TokenServerOptions = {}) {
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

describe('a token server', () => {
  it('gives tokens that the registry takes, for the scopes that were asked for', async () => {
    const { tokens, push, read } = await world();
    await push();
    await read();
    expect(tokens.issued.map(({ user, scopes }) => ({ user, scopes }))).toEqual([
      { user: 'ann', scopes: ['repository:app:push,pull'] },
      { user: 'ann', scopes: ['repository:app:pull'] },
    ]);
  });

  it('refuses wrong passwords, and strangers', async () => {
    const { push } = await world();
    await expect(push({ auth: basic({ username: 'ann', password: 'wrong' }) })).rejects.toThrow(AuthError);
    await expect(push({ auth: undefined })).rejects.toMatchObject({ code: expect.any(String) });
  });

  it('gives tokens to anybody if it has no users', async () => {
    const { tokens, push } = await world({ users: undefined });
    await push({ auth: undefined });
    expect(tokens.issued[0]!.user).toBeUndefined();
  });

  it('speaks OAuth2, and rotates refresh tokens', async () => {
    const { tokens, push } = await world({ refreshTokens: { first: 'ann' }, rotate: true });
    const identity = fromConfig({ identityToken: 'first' });
    await push({ auth: identity });
    expect(tokens.requests.map(({ method }) => method)).toContain('POST');
    for (let count = 0; count < 3; count += 1) {
      tokens.expireAll();
      await push({ auth: identity });
    }
    const again = world({ refreshTokens: {} });
    await expect((await again).push({ auth: identity })).rejects.toThrow(AuthError);
  });

  it('gives tokens that end, and are then renewed', async () => {
    const { clock, tokens, push, read } = await world({ expiresIn: 60 });
    await push();
    clock.time += 61_000;
    await read();
    tokens.expireAll();
    await read();
    expect(tokens.issued).toHaveLength(3);
  });

  it('gives tokens for somebody else', async () => {
    const { push } = await world({ audience: 'another' });
    await expect(push()).rejects.toMatchObject({ code: 'AUTH' });
  });

  it('lies about its tokens, or says nothing', async () => {
    for (const options of [
      { claimedExpiresIn: 'soon' },
      { claimedExpiresIn: null },
      { field: 'token' },
      { field: 'access_token' },
    ] satisfies TokenServerOptions[]) {
      const { push } = await world(options);
      await push();
    }
  });

  it('misbehaves by script before it gives tokens', async () => {
    const { tokens, push } = await world({
      script: [
        { response: tooManyRequests(2) },
        { response: { status: 503 } },
        { response: jsonResponse({}, { delayMs: 1, status: 502 }) },
      ],
    });
    await push();
    tokens.expectDone();
    const html = await world({ script: [{ response: { body: '<html>' } }] });
    await expect(html.push()).rejects.toThrow(AuthError);
  });
});
