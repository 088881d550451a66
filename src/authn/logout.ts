import type { AbortOptions } from '../internal/abort.js';
import {
  type ConfigEntry,
  fieldName,
  fieldOf,
  isObject,
  type JsonObject,
  readDocument,
} from './docker-config.js';
import { editConfig } from './edit-config.js';
import { forgetHelperAnswers } from './helper-cache.js';
import { type HelperProgram, newHelperProgram } from './helper-program.js';
import { type LoginOptions, loginTarget } from './login-target.js';
import { configuredHelper, serverUrls } from './lookup.js';
import { HUB_HOST, sameServer, type ServerName } from './server-name.js';

export interface LogoutResult {
  readonly file: string;
  /** Whether there was anything to remove. */
  readonly removed: boolean;
}

/**
 * Removes what {@link login}, docker or podman keep for a registry, under all names that it has in the file.
 *
 * Only the one file, and the helper that it names, are touched. Other files that {@link newDefaultKeychain} asks
 * may still have credentials.
 *
 * @throws {@link AuthError} when the helper fails; the file's own entries are removed nevertheless.
 */
export async function logout(server: string, options: LoginOptions = {}): Promise<LogoutResult> {
  const target = loginTarget(server, options);
  let removed = false;
  let failure: { readonly error: unknown } | undefined;
  await editConfig(target.file, target.maxConfigBytes, async (document) => {
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
      failure = { error };
    }
    if (entries.length === 0) return undefined;
    removed = true;
    return withoutEntries(document, entries);
  });
  forgetHelperAnswers();
  if (failure !== undefined) throw failure.error;
  return { file: target.file, removed };
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
  const left = isObject(table) ? Object.entries(table).filter(([key]) => !keys.has(key)) : [];
  return { ...document, [fieldName(document, 'auths')]: Object.fromEntries(left) };
}
