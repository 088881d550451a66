import { readAuthEntry } from './config/auth-entry.js';
import type { Environment } from './config/locations.js';
import { type ConfigEntry, type DockerConfig, parseDockerConfig } from './config/docker-config.js';
import type { LoginTarget } from './login-target.js';
import { readConfigText } from './config/read.js';
import { covers } from './config/server-name.js';

/** Credentials that a logout did not remove, though they are for the same host. */
export interface LeftCredentials {
  /** The file, or the variable `DOCKER_AUTH_CONFIG`. */
  readonly source: string;
  /** The registry or namespace that they are for, as it is written there. */
  readonly key: string;
}

/** The variable that the default keychain reads before any file. */
export const CONFIG_VARIABLE = 'DOCKER_AUTH_CONFIG';

/** What `files`, and the variable where `environment` is given, still have for the target, above it or below it. */
export async function leftCredentials(
  target: LoginTarget,
  files: readonly string[],
  environment: { readonly env?: Environment | undefined } | undefined,
): Promise<readonly LeftCredentials[]> {
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

/** What cannot be read cannot be used either. */
function hasSecret(entry: ConfigEntry, source: string): boolean {
  try {
    return readAuthEntry(entry, source) !== undefined;
  } catch {
    return false;
  }
}
