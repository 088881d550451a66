import { isJsonObject, type JsonObject } from '../internal/json/json-object.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { configFiles } from './config/locations.js';
import { type ConfigEntry, fieldName, fieldOf, readDocument } from './config/docker-config.js';
import { editConfig } from './config/edit.js';
import { forgetHelperResponses } from './helpers/cache.js';
import { type HelperProgram, newHelperProgram } from './helpers/program.js';
import { leftCredentials, type LeftCredentials } from './left-credentials.js';
import { type LoginOptions, type LoginTarget, loginTarget } from './login-target.js';
import { configuredHelper, serverUrls } from './lookup.js';
import { HUB_HOST, sameServer, type ServerName } from './config/server-name.js';

export interface LogoutResult {
  /** The file that {@link login} writes to. */
  readonly file: string;
  /** Whether there was anything to remove. */
  readonly removed: boolean;
  /** The files from which, or from whose helpers, credentials were removed. */
  readonly files: readonly string[];
  /** Credentials that still apply to the server, or to a namespace of it. */
  readonly left: readonly LeftCredentials[];
}

/**
 * Removes what {@link login}, docker or podman keep for a registry, under all names that it has, from every file that
 * {@link newDefaultKeychain} asks, and from the helpers that these name; with `file` from that file alone.
 *
 * Credentials of a namespace are removed by a logout of that namespace only. `left` lists those that still apply:
 * of a namespace of the registry, of the registry or namespace above, and in the variable `DOCKER_AUTH_CONFIG`.
 *
 * @throws {@link AuthError} when a helper fails, or a file cannot be read; what the others keep is removed nevertheless.
 */
export async function logout(server: string, options: LoginOptions = {}): Promise<LogoutResult> {
  const target = loginTarget(server, options);
  const asked =
    options.file === undefined ? [...new Set([target.file, ...configFiles(options)])] : [target.file];
  const files: string[] = [];
  const failures: unknown[] = [];
  for (const file of asked) {
    try {
      if (await removeFrom({ ...target, file }, options, failures)) files.push(file);
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(error);
    }
  }
  forgetHelperResponses();
  if (failures.length > 0) throw failures[0];
  const left = await leftCredentials(target, asked, options.file === undefined ? options : undefined);
  return { file: target.file, removed: files.length > 0, files, left };
}

/** Whether there was anything to remove; a helper that fails is added to `failures`. */
async function removeFrom(target: LoginTarget, options: AbortOptions, failures: unknown[]): Promise<boolean> {
  let removed = false;
  const edit = { maxBytes: target.maxConfigBytes, create: false, signal: options.signal };
  await editConfig(target.file, edit, async (document) => {
    options.signal?.throwIfAborted();
    const config = readDocument(document, target.file);
    const entries = config.auths.filter((entry) => isOf(entry, target.server));
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

/** What docker adds for the hub when somebody logs in with a browser. */
const HUB_TOKENS = ['v1/access-token', 'v1/refresh-token'];

function isOf({ server }: ConfigEntry, target: ServerName): boolean {
  if (sameServer(server, target)) return true;
  const isHub = target.host === HUB_HOST && target.path.length === 0;
  return isHub && server.host === HUB_HOST && HUB_TOKENS.includes(server.path.join('/'));
}

/** Some helpers fail to erase what they do not have. */
async function erase(helper: HelperProgram, name: string, options: AbortOptions): Promise<boolean> {
  try {
    return await helper.erase(name, options);
  } catch (error) {
    const left = await helper.get(name, options).catch(() => 'unknown' as const);
    if (left === undefined) return false;
    throw error;
  }
}

function withoutEntries(document: JsonObject, entries: readonly ConfigEntry[]): JsonObject {
  const table = fieldOf(document, 'auths');
  const keys = new Set(entries.map(({ key }) => key));
  const left = isJsonObject(table) ? Object.entries(table).filter(([key]) => !keys.has(key)) : [];
  return { ...document, [fieldName(document, 'auths')]: Object.fromEntries(left) };
}
