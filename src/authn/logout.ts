import { isJsonObject, type JsonObject } from '../internal/json/json-object.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { configFiles } from './config/locations.js';
import { type ConfigEntry, fieldName, fieldOf, readDocument } from './config/docker-config.js';
import { editConfig } from './config/edit-config.js';
import { forgetHelperResponses } from './helpers/helper-cache.js';
import { type HelperProgram, newHelperProgram } from './helpers/helper-program.js';
import { remainingCredentials, type RemainingCredentials } from './remaining-credentials.js';
import { type LoginOptions, type LoginTarget, loginTarget } from './login-target.js';
import { configuredHelper, serverUrls } from './lookup.js';
import { HUB_HOST, sameServer, type ServerName } from './config/server-name.js';

/** The result of {@link logout}. */
export interface LogoutResult {
  /** The file that {@link login} writes to. */
  readonly file: string;
  /** Whether any credentials were removed. */
  readonly removed: boolean;
  /** The files from which, or from whose helpers, credentials were removed. */
  readonly files: readonly string[];
  /** Credentials that still apply to the server, or to a namespace of it. */
  readonly remaining: readonly RemainingCredentials[];
}

/**
 * Removes the credentials that {@link login}, docker or podman have stored for a registry, under all names of the
 * registry, from every file that {@link newDefaultKeychain} searches, and from the helpers that these files name. With
 * the option `file`, only that file and its helpers are changed.
 *
 * Credentials for a namespace are removed only if `server` is that namespace. `remaining` lists those that still apply:
 * for a namespace of the registry, for the registry or namespace above, and in the variable `DOCKER_AUTH_CONFIG`.
 *
 * @throws AuthError if a helper fails or a file cannot be read. All other credentials are removed nevertheless.
 */
export async function logout(server: string, options: LoginOptions = {}): Promise<LogoutResult> {
  const target = loginTarget(server, options);
  const candidates =
    options.file === undefined ? [...new Set([target.file, ...configFiles(options)])] : [target.file];
  const files: string[] = [];
  const failures: unknown[] = [];
  for (const file of candidates) {
    try {
      if (await removeFrom({ ...target, file }, options, failures)) files.push(file);
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(error);
    }
  }
  forgetHelperResponses();
  if (failures.length > 0) throw failures[0];
  const remaining = await remainingCredentials(
    target,
    candidates,
    options.file === undefined ? options : undefined,
  );
  return { file: target.file, removed: files.length > 0, files, remaining };
}

/** Removes credentials from a file and its helper. Returns whether there were any. Adds the error of a helper to `failures`. */
async function removeFrom(target: LoginTarget, options: AbortOptions, failures: unknown[]): Promise<boolean> {
  let removed = false;
  const edit = { maxBytes: target.maxConfigBytes, create: false, signal: options.signal };
  await editConfig(target.file, edit, async (document) => {
    options.signal?.throwIfAborted();
    const config = readDocument(document, target.file);
    const entries = config.auths.filter((entry) => belongsTo(entry, target.server));
    try {
      const configured = target.server.path.length === 0 ? configuredHelper(config, target) : undefined;
      if (configured !== undefined) {
        const program = newHelperProgram(configured.name, target.helperOptions, target.file);
        for (const name of serverUrls(target.registry, configured.key, entries)) {
          if (await erase(program, name, options)) removed = true;
        }
      }
    } catch (error) {
      failures.push(error);
    }
    if (entries.length === 0) return undefined;
    removed = true;
    return withoutEntries(document, entries);
  });
  return removed;
}

/** The entries that docker adds for Docker Hub after a login with a browser. */
const HUB_TOKENS = ['v1/access-token', 'v1/refresh-token'];

function belongsTo({ server }: ConfigEntry, target: ServerName): boolean {
  if (sameServer(server, target)) return true;
  const isHub = target.host === HUB_HOST && target.path.length === 0;
  return isHub && server.host === HUB_HOST && HUB_TOKENS.includes(server.path.join('/'));
}

/** Erases credentials. Some helpers fail if they have none, so the helper is asked again after a failure. */
async function erase(helper: HelperProgram, name: string, options: AbortOptions): Promise<boolean> {
  try {
    return await helper.erase(name, options);
  } catch (error) {
    const remaining = await helper.get(name, options).catch(() => 'unknown' as const);
    if (remaining === undefined) return false;
    throw error;
  }
}

function withoutEntries(document: JsonObject, entries: readonly ConfigEntry[]): JsonObject {
  const table = fieldOf(document, 'auths');
  const keys = new Set(entries.map(({ key }) => key));
  const remaining = isJsonObject(table) ? Object.entries(table).filter(([key]) => !keys.has(key)) : [];
  return { ...document, [fieldName(document, 'auths')]: Object.fromEntries(remaining) };
}
