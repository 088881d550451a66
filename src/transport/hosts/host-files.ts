import path from 'node:path';
import {
  configHome,
  type ConfigLocationOptions,
  homeDirectory,
  variable,
} from '../../authn/config/locations.js';

/** Replaces the environment and the directories where settings files are searched. */
export interface HostFilesOptions extends ConfigLocationOptions {
  /** The directory of the settings for the whole machine. @default /etc */
  readonly etcDir?: string | undefined;
}

/** A settings file that may exist. */
export interface SettingsFile {
  readonly path: string;
  /** Whether a variable or an option named the file. Then it is an error if the file does not exist. */
  readonly required: boolean;
}

/** The locations of all settings files. */
export interface HostFiles {
  readonly hosts: SettingsFile | undefined;
  /** Only the first file that exists is read. */
  readonly registriesConf: readonly SettingsFile[];
  /** Directories of drop-in files, which are read after it, in this order. */
  readonly registriesConfDirs: readonly string[];
  /** For each host, only the first directory that has it is read. */
  readonly certsDirs: readonly string[];
}

/** The default locations. An empty variable counts as unset. */
export function hostFiles({ env = process.env, homeDir, etcDir = '/etc' }: HostFilesOptions): HostFiles {
  const home = homeDirectory({ env, homeDir });
  const config = configHome({ env, homeDir });
  const below = (directory: string | undefined, ...parts: readonly string[]): readonly string[] =>
    directory === undefined ? [] : [path.join(directory, ...parts)];

  const named = variable(env, 'CONTAINERREGISTRY_HOSTS');
  const [defaultHosts] = below(config, 'containerregistry', 'hosts.json');
  const hosts = named ?? defaultHosts;
  const conf = variable(env, 'CONTAINERS_REGISTRIES_CONF');
  const systemAndUser = (...parts: readonly string[]): readonly string[] => [
    ...below(etcDir, 'containers', ...parts),
    ...below(config, 'containers', ...parts),
  ];
  return {
    hosts: hosts === undefined ? undefined : { path: hosts, required: named !== undefined },
    registriesConf:
      conf === undefined
        ? systemAndUser('registries.conf')
            .toReversed()
            .map((file) => ({ path: file, required: false }))
        : [{ path: conf, required: true }],
    registriesConfDirs: systemAndUser('registries.conf.d'),
    certsDirs: [
      ...below(config, 'containers', 'certs.d'),
      ...below(home, '.docker', 'certs.d'),
      ...below(etcDir, 'containers', 'certs.d'),
      ...below(etcDir, 'docker', 'certs.d'),
    ],
  };
}
