import type { AuthConfig, Authenticator } from '../../../src/authn/config/authenticator.js';
import { newRegistry } from '../../../src/name/registry.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { newSession } from '../../../src/transport/new-session.js';
import type { SessionOptions } from '../../../src/transport/settings/session-options.js';
import type { Session, SessionRequest } from '../../../src/transport/session/session.js';
import { fakeClock } from '../tools/fake-clock.js';

export const authOf = (config: AuthConfig): Authenticator => ({
  authorization: () => Promise.resolve(config),
});

/** Credentials that must not appear anywhere else. */
export const canaryUser = authOf({ username: 'user', password: 'canary' });
export const CANARY_BASIC = `Basic ${Buffer.from('user:canary').toString('base64')}`;

/** A session that shares nothing with other tests, and never waits before a retry. */
export const openSession = (host: string, options: SessionOptions = {}): Session =>
  newSession(newRegistry(host), { client: newGotClient(), clock: fakeClock(), ...options });

/** A read of `/v2/app/x`. */
export const read = (rest: Partial<SessionRequest> = {}): SessionRequest => ({
  method: 'GET',
  target: '/v2/app/x',
  scopes: ['repository:app:pull'],
  expect: [200],
  ...rest,
});
