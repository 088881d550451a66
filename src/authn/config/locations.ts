import { homedir } from 'node:os';
import path from 'node:path';

/** The variables of a process, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where configuration is looked for; programs and tests inject what is not to come from this process. */
export interface ConfigLocationOptions {
  /** @default process.env, read at each use */
  readonly env?: Environment | undefined;
  /** @default HOME (USERPROFILE on Windows) of `env`, else the home directory of the user */
  readonly homeDir?: string | undefined;
}

/**
 * The files that may hold credentials, in the order in which they are asked, whether they exist or not:
 *
 * 1. `config.json` in the directory `$DOCKER_CONFIG`
 * 2. `$REGISTRY_AUTH_FILE`
 * 3. `~/.docker/config.json`, unless `$DOCKER_CONFIG` replaces it
 * 4. `$XDG_RUNTIME_DIR/containers/auth.json`; without that variable, on Linux, `/run/containers/UID/auth.json`
 * 5. `$XDG_CONFIG_HOME/containers/auth.json`, by default `~/.config/containers/auth.json`
 *
 * What somebody named on purpose precedes what lies in a usual place. A variable that is empty counts as unset.
 */
export function configFiles(options: ConfigLocationOptions = {}): readonly string[] {
  const { dockerConfig, registryAuthFile, home, runtimeDir, configHome } = placesOf(options);
  const inDockerConfig = dockerConfig && path.join(dockerConfig, 'config.json');
  const files = [
    inDockerConfig,
    registryAuthFile,
    inDockerConfig === undefined ? home && path.join(home, '.docker', 'config.json') : undefined,
    runtimeDir === undefined ? perUserFile() : path.join(runtimeDir, 'containers', 'auth.json'),
    configHome && path.join(configHome, 'containers', 'auth.json'),
  ];
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** Where `login` writes: to the first of these files. Undefined if there is not even a home directory. */
export function writableConfigFile(options: ConfigLocationOptions = {}): string | undefined {
  const { dockerConfig, registryAuthFile, home } = placesOf(options);
  if (dockerConfig !== undefined) return path.join(dockerConfig, 'config.json');
  return registryAuthFile ?? (home && path.join(home, '.docker', 'config.json'));
}

function placesOf(options: ConfigLocationOptions) {
  const env = options.env ?? process.env;
  const variable = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const home =
    options.homeDir ?? variable(process.platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homeOfUser();
  return {
    home,
    dockerConfig: variable('DOCKER_CONFIG'),
    registryAuthFile: variable('REGISTRY_AUTH_FILE'),
    runtimeDir: variable('XDG_RUNTIME_DIR'),
    configHome: variable('XDG_CONFIG_HOME') ?? (home && path.join(home, '.config')),
  };
}

function homeOfUser(): string | undefined {
  try {
    return homedir();
  } catch {
    // Users without an entry in the password database, as in some containers.
    return undefined;
  }
}

/** Where podman keeps credentials in sessions without XDG_RUNTIME_DIR, root's for instance. */
function perUserFile(): string | undefined {
  const uid = process.platform === 'linux' ? process.getuid?.() : undefined;
  return uid === undefined ? undefined : `/run/containers/${uid}/auth.json`;
}
