import { homedir } from 'node:os';
import path from 'node:path';

/** The variables of a process, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Replaces the environment of this process where configuration files are searched. */
export interface ConfigLocationOptions {
  /** Environment variables. @default process.env, read at each use */
  readonly env?: Environment | undefined;
  /** The home directory. @default HOME (USERPROFILE on Windows) of `env`, else the home directory of the user */
  readonly homeDir?: string | undefined;
}

/**
 * The files that may contain credentials, in the order in which they are searched, whether they exist or not:
 *
 * 1. `config.json` in the directory `$DOCKER_CONFIG`
 * 2. `$REGISTRY_AUTH_FILE`
 * 3. `~/.docker/config.json`, unless `$DOCKER_CONFIG` replaces it
 * 4. `$XDG_RUNTIME_DIR/containers/auth.json`; without that variable, on Linux, `/run/containers/UID/auth.json`
 * 5. `$XDG_CONFIG_HOME/containers/auth.json`, by default `~/.config/containers/auth.json`
 *
 * Files that a variable names precede files in default locations. An empty variable counts as unset.
 */
export function configFiles(options: ConfigLocationOptions = {}): readonly string[] {
  const { dockerConfig, registryAuthFile, home, runtimeDir, configHome } = locationsOf(options);
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

/** The file that `login` writes to: the first of 1 to 3. Undefined if there is no home directory either. */
export function writableConfigFile(options: ConfigLocationOptions = {}): string | undefined {
  const { dockerConfig, registryAuthFile, home } = locationsOf(options);
  if (dockerConfig !== undefined) return path.join(dockerConfig, 'config.json');
  return registryAuthFile ?? (home && path.join(home, '.docker', 'config.json'));
}

function locationsOf(options: ConfigLocationOptions) {
  const env = options.env ?? process.env;
  return {
    home: homeDirectory(options),
    dockerConfig: variable(env, 'DOCKER_CONFIG'),
    registryAuthFile: variable(env, 'REGISTRY_AUTH_FILE'),
    runtimeDir: variable(env, 'XDG_RUNTIME_DIR'),
    configHome: configHome(options),
  };
}

/** The value of a variable; undefined if it is unset or empty. */
export function variable(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** The home directory; undefined if there is none. */
export function homeDirectory({ env = process.env, homeDir }: ConfigLocationOptions): string | undefined {
  const name = process.platform === 'win32' ? 'USERPROFILE' : 'HOME';
  return homeDir ?? variable(env, name) ?? homeOfUser();
}

/** `$XDG_CONFIG_HOME`, or else `.config` in the home directory. */
export function configHome(options: ConfigLocationOptions): string | undefined {
  const home = homeDirectory(options);
  return variable(options.env ?? process.env, 'XDG_CONFIG_HOME') ?? (home && path.join(home, '.config'));
}

function homeOfUser(): string | undefined {
  try {
    return homedir();
  } catch {
    // The user has no entry in the password database, as in some containers.
    return undefined;
  }
}

/** The file where podman keeps credentials in sessions without XDG_RUNTIME_DIR, such as those of root. */
function perUserFile(): string | undefined {
  const uid = process.platform === 'linux' ? process.getuid?.() : undefined;
  return uid === undefined ? undefined : `/run/containers/${uid}/auth.json`;
}
