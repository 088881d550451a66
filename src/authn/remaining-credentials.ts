import { readAuthEntry } from './config/auth-entry.js';
import type { Environment } from './config/locations.js';
import { type ConfigEntry, type DockerConfig, parseDockerConfig } from './config/docker-config.js';
import type { LoginTarget } from './login-target.js';
import { readConfigText } from './config/read-config.js';
import { covers } from './config/server-name.js';

/** Credentials for the same host that a logout did not remove. */
export interface RemainingCredentials {
  /** The path of the file that has the credentials, or `DOCKER_AUTH_CONFIG` for that variable. */
  readonly source: string;
  /** The registry or namespace of the credentials, as it is written in the source. */
  readonly key: string;
}

/** The variable that the default keychain reads before any file. */
export const CONFIG_VARIABLE = 'DOCKER_AUTH_CONFIG';

/**
 * The credentials in `files` that apply to the target, to a namespace above it, or to one below it. If `environment` is
 * given, those in the variable are included.
 */
export async function remainingCredentials(
  target: LoginTarget,
  files: readonly string[],
  environment: { readonly env?: Environment | undefined } | undefined,
): Promise<readonly RemainingCredentials[]> {
  const inline = environment && (environment.env ?? process.env)[CONFIG_VARIABLE];
  const configs: DockerConfig[] = inline ? [parseDockerConfig(inline, CONFIG_VARIABLE)] : [];
  for (const file of files) {
    const text = await readConfigText(file, target.maxConfigBytes);
    if (text !== undefined) configs.push(parseDockerConfig(text, file));
  }
  return configs.flatMap(({ source, auths }) =>
    auths
      .filter(({ server }) => covers(server, target.server) || covers(target.server, server))
      .filter((entry) => hasSecret(entry, source))
      .map(({ key }) => ({ source, key })),
  );
}

/** Whether an entry has credentials. An invalid entry has none, because it cannot be used. */
function hasSecret(entry: ConfigEntry, source: string): boolean {
  try {
    return readAuthEntry(entry, source) !== undefined;
  } catch {
    return false;
  }
}
