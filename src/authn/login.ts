import { isJsonObject, type JsonObject } from '../internal/json/json-object.js';
import { AuthError } from '../errors/service/auth.js';
import type { AuthConfig } from './config/authenticator.js';
import { type ConfigEntry, fieldName, fieldOf, readDocument } from './config/docker-config.js';
import { editConfig } from './config/edit.js';
import { hasCredentials, isHeaderSafe } from './config/from-config.js';
import { toHelper } from './helpers/helper.js';
import { forgetHelperResponses } from './helpers/cache.js';
import { newHelperProgram } from './helpers/program.js';
import { type LoginOptions, loginTarget } from './login-target.js';
import { configuredHelper } from './lookup.js';
import { dockerKey, HUB_HOST, sameServer, type ServerName } from './config/server-name.js';

/** Where credentials were put. */
export interface LoginResult {
  readonly file: string;
  /** What keeps the secret: the helper's name without `docker-credential-`, or undefined for the file itself. */
  readonly helper: string | undefined;
}

/**
 * Keeps credentials for a registry, or for a namespace of one, where docker and podman find them too.
 *
 * They go to the helper that the file names for the host, else into the file, base64-coded and so readable by
 * whoever reads the file. Helpers know no namespaces and no registry tokens; those always go into the file.
 * The file is replaced at once, readable by its owner only; other entries and unknown fields are kept. The
 * registry is not asked whether the credentials are any good.
 *
 * @throws {@link AuthError} when the helper or the file is broken; then nothing was changed.
 */
export async function login(
  server: string,
  credentials: AuthConfig,
  options: LoginOptions = {},
): Promise<LoginResult> {
  checkCredentials(credentials);
  const target = loginTarget(server, options);
  let helper: string | undefined;
  const edit = { maxBytes: target.maxConfigBytes, create: true, signal: options.signal };
  await editConfig(target.file, edit, async (document) => {
    options.signal?.throwIfAborted();
    const config = readDocument(document, target.file);
    const forHelper = target.server.path.length === 0 ? toHelper(credentials) : undefined;
    const configured = forHelper && configuredHelper(config, target);
    if (forHelper !== undefined && configured !== undefined) {
      helper = configured.name;
      const program = newHelperProgram(helper, target.helperOptions, target.file);
      await program.store(dockerKey(target.registry), forHelper, options);
    }
    const entry = helper === undefined ? fileEntry(credentials) : {};
    return withEntry(document, config.auths, target.server, keyOf(target.server, target.registry), entry);
  });
  forgetHelperResponses();
  return { file: target.file, helper };
}

function checkCredentials(credentials: AuthConfig): void {
  const { username = '', password = '', registryToken = '' } = credentials;
  if (!hasCredentials(credentials)) throw new TypeError('there are no credentials to keep');
  if (username.includes(':')) throw new TypeError('a user name cannot contain a colon');
  if (username === '' && password !== '') throw new TypeError('a password needs a user name');
  if ((username + password).includes('\0')) throw new TypeError('user name and password cannot contain NUL');
  if (!isHeaderSafe(registryToken))
    throw new TypeError('a registry token consists of visible ASCII characters');
}

function keyOf({ host, path }: ServerName, registry: string): string {
  if (path.length === 0) return dockerKey(registry);
  // docker has no namespaces; podman, which has, calls the hub so.
  return [host === HUB_HOST ? 'docker.io' : registry, ...path].join('/');
}

function fileEntry({ username = '', password = '', identityToken, registryToken }: AuthConfig): JsonObject {
  const auth = username === '' ? undefined : Buffer.from(`${username}:${password}`).toString('base64');
  return {
    ...(auth && { auth }),
    ...(identityToken && { identitytoken: identityToken }),
    ...(registryToken && { registrytoken: registryToken }),
  };
}

const SECRET_FIELDS = ['auth', 'username', 'password', 'identitytoken', 'registrytoken'];

/** The document with one entry for the server, which takes over what else an entry of that key said. */
function withEntry(
  document: JsonObject,
  auths: readonly ConfigEntry[],
  server: ServerName,
  key: string,
  entry: JsonObject,
): JsonObject {
  const table = fieldOf(document, 'auths') ?? {};
  if (!isJsonObject(table)) throw new AuthError('auths is not an object');
  // The same server under another name would keep a secret that is out of date.
  const stale = new Set(auths.filter((other) => sameServer(other.server, server)).map((other) => other.key));
  const others = Object.entries(table).filter(([name]) => !stale.has(name));
  const former = isJsonObject(table[key]) ? Object.entries(table[key]) : [];
  const kept = former.filter(([name]) => !SECRET_FIELDS.includes(name.toLowerCase()));
  const updated = { ...Object.fromEntries(kept), ...entry };
  return { ...document, [fieldName(document, 'auths')]: { ...Object.fromEntries(others), [key]: updated } };
}
