import { isJsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import type { AuthConfig } from './authenticator.js';
import { type ConfigEntry, fieldOf, quoteKey } from './docker-config.js';
import { hasCredentials, isHeaderSafe } from './from-config.js';

/**
 * The credentials in an entry of `auths`; undefined if it has none, as for servers whose secret a helper stores.
 *
 * `auth` overrides `username` and `password`.
 *
 * @throws AuthError if the entry is invalid. The message has the file and the key, but no part of the value.
 */
export function readAuthEntry({ key, value }: ConfigEntry, source: string): AuthConfig | undefined {
  const fail = (reason: string): never => {
    throw new AuthError(`read ${source}: entry ${quoteKey(key)} ${reason}`, {
      reason: 'config',
      hint: `log in to ${quoteKey(key)} again, or correct the entry in ${source}`,
    });
  };
  const text = (name: string): string => {
    const field = isJsonObject(value) ? (fieldOf(value, name) ?? '') : '';
    return typeof field === 'string' ? field : fail(`has a field ${name} that is not a string`);
  };
  if (value !== null && !isJsonObject(value)) fail('is not an object');

  const auth = text('auth');
  const registryToken = text('registrytoken');
  if (!isHeaderSafe(registryToken)) fail('has a registrytoken with characters that a token cannot have');
  const config: AuthConfig = {
    ...(auth === '' ? { username: text('username'), password: text('password') } : decodeAuth(auth, fail)),
    identityToken: text('identitytoken'),
    registryToken,
  };
  return hasCredentials(config) ? config : undefined;
}

/** Decodes user name and password: splits at the first colon, and removes NUL characters, which are padding. */
function decodeAuth(auth: string, fail: (reason: string) => never): { username: string; password: string } {
  const base64 = auth.replace(/[\r\n]/g, '').replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(base64) || base64.length % 4 === 1) fail('has an auth that is not base64');
  let decoded = '';
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(base64, 'base64'),
    );
  } catch {
    fail('has an auth that is not UTF-8 text');
  }
  const colon = decoded.indexOf(':');
  if (colon < 0) fail('has an auth without a colon between user name and password');
  return { username: decoded.slice(0, colon), password: trimNul(decoded.slice(colon + 1)) };
}

function trimNul(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) === 0) start += 1;
  while (end > start && text.charCodeAt(end - 1) === 0) end -= 1;
  return text.slice(start, end);
}
