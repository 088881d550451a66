import { anonymous } from './anonymous.js';
import type { Authenticator, Keychain } from './authenticator.js';
import { basic, bearer, fromConfig } from './from-config.js';
import { covers, parseServerName, sameServer, type ServerName, serverNameOf } from './server-name.js';
import { assertOptions, describeType } from '../../internal/arguments.js';
import { printable } from '../../internal/printable.js';

/** Fixed credentials, in one of docker's forms. `token` is another name of `registryToken`, as in `bearer`. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string; readonly username?: string | undefined }
  | { readonly registryToken: string }
  | { readonly token: string };

/**
 * Credentials by host, such as `{ 'registry.example': { username, password } }`. A key is `host[:port]`, or
 * `host[:port]/path` for a part of the registry's namespace.
 */
export type CredentialsByHost = Readonly<Record<string, Credentials | Authenticator>>;

/**
 * What the option `auth` takes: a keychain, which finds the credentials of each registry; credentials by host; or the
 * credentials of the one registry that the call names, as an authenticator or as a plain object.
 */
export type Auth = Authenticator | Keychain | Credentials | CredentialsByHost;

const FIELDS: readonly string[] = ['username', 'password', 'identityToken', 'registryToken', 'token'];
const FORMS =
  'an Authenticator, a Keychain, credentials such as { username, password }, or an object with credentials by host';

/**
 * The authenticator or keychain of an option. Plain objects are copied.
 *
 * @param option - the name of the option, for the error.
 * @throws TypeError if the value has none of the forms. The message has no secret in it.
 */
export function readAuth(auth: Auth, option = 'auth'): Authenticator | Keychain {
  const value: object = auth;
  assertOptions(value, option, FORMS);
  if (isAuthenticator(value) || isKeychain(value)) return value;
  if (Object.keys(value).length === 0) throw new TypeError(`\`${option}\` must be ${FORMS}; it is empty`);
  const isPlain = FIELDS.some((field) => Object.hasOwn(value, field) && !isObject(valueOf(value, field)));
  return isPlain ? readCredentials(value, option) : readMap(value, option);
}

/**
 * A keychain of fixed credentials by host. The longest key that covers a repository decides. Docker Hub has the same
 * names as in docker's configuration. For any other host, the keychain has no credentials: combine it with another one by
 * `newMultiKeychain`.
 *
 * @throws TypeError if a key is not a host, or a value has no credentials.
 */
export function byHost(credentials: CredentialsByHost): Keychain {
  return readMap(credentials, 'credentials');
}

export function isAuthenticator(auth: object): auth is Authenticator {
  return 'authorization' in auth && typeof auth.authorization === 'function';
}

export function isKeychain(auth: object): auth is Keychain {
  return 'resolve' in auth && typeof auth.resolve === 'function';
}

function readMap(map: object, option: string): Keychain {
  const entries: { readonly server: ServerName; readonly authenticator: Authenticator }[] = [];
  for (const [key, value] of Object.entries(map)) {
    const server = parseServerName(key);
    const name = `\`${option}\` for ${JSON.stringify(printable(key))}`;
    if (!isObject(value)) {
      throw new TypeError(
        `${name} must be an object with credentials; ` +
          `without hosts, \`${option}\` has the members ${FIELDS.join(', ')}`,
      );
    }
    if (server === undefined || key.includes('*')) {
      throw new TypeError(`${name}: the key must be host[:port] or host[:port]/path`);
    }
    if (entries.some((other) => sameServer(other.server, server))) {
      throw new TypeError(`${name}: another key names the same server`);
    }
    entries.push({ server, authenticator: isAuthenticator(value) ? value : readCredentials(value, name) });
  }
  entries.sort((a, b) => b.server.path.length - a.server.path.length);
  return Object.freeze<Keychain>({
    resolve: async (resource) => {
      const wanted = serverNameOf(resource);
      return entries.find(({ server }) => covers(server, wanted))?.authenticator ?? anonymous;
    },
  });
}

/**
 * A member that is undefined is refused: a variable of the environment that is not set must not make a request
 * anonymous.
 */
function readCredentials(value: object, name: string): Authenticator {
  const quoted = name.startsWith('`') ? name : `\`${name}\``;
  for (const [field, content] of Object.entries(value)) {
    if (!FIELDS.includes(field)) {
      throw new TypeError(
        `${quoted} has the unknown member ${JSON.stringify(printable(field))}; known are ${FIELDS.join(', ')}`,
      );
    }
    if (typeof content !== 'string') {
      throw new TypeError(`${quoted} has a ${field} that is ${describeType(content)}, not a string`);
    }
  }
  const { username, password, identityToken, registryToken, token } = value as Record<string, string>;
  const isPassword = username !== undefined && password !== undefined;
  const tokens = [identityToken, registryToken, token].filter((one) => one !== undefined);
  if (tokens.length > 1) throw new TypeError(`${quoted} has more than one token`);
  if (token !== undefined) return bearer({ token });
  if (tokens.length === 1) return fromConfig({ username, password, identityToken, registryToken });
  if (!isPassword) {
    const missing = username === undefined ? 'username' : 'password';
    throw new TypeError(`${quoted} has no ${missing}`);
  }
  return basic({ username, password });
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function valueOf(object: object, field: string): unknown {
  return Object.entries(object).find(([name]) => name === field)?.[1];
}
