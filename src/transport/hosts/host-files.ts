import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../../authn/config/locations.js';

/** Where settings are looked for; programs and tests inject what is not to come from this machine. */
export interface HostFilesOptions {
  /** @default process.env */
  readonly env?: Environment | undefined;
  /** @default HOME (USERPROFILE on Windows) of `env`, else the home directory of the user */
  readonly homeDir?: string | undefined;
  /** The directory of what is set for the whole machine. @default /etc */
  readonly etcDir?: string | undefined;
}

export interface HostFiles {
  /** `named` was asked for by somebody, and has to be there. */
  readonly hosts: { readonly path: string; readonly named: boolean } | undefined;
  /** The first that exists counts. */
  readonly registriesConf: readonly { readonly path: string; readonly named: boolean }[];
  /** Directories of files that add to it, in their order. */
  readonly registriesConfDirs: readonly string[];
  /** The first that has a host counts for it. */
  readonly certsDirs: readonly string[];
}

/** The usual places. A variable that is empty counts as unset. */
export function hostFiles({ env = process.env, homeDir, etcDir = '/etc' }: HostFilesOptions): HostFiles {
  const variable = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const home = homeDir ?? variable(process.platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homeOfUser();
  const config = variable('XDG_CONFIG_HOME') ?? (home && path.join(home, '.config'));
  const below = (directory: string | undefined, ...parts: readonly string[]): readonly string[] =>
    directory === undefined ? [] : [path.join(directory, ...parts)];

  const named = variable('CONTAINERREGISTRY_HOSTS');
  const [usual] = below(config, 'containerregistry', 'hosts.json');
  const hosts = named ?? usual;
  const conf = variable('CONTAINERS_REGISTRIES_CONF');
  const both = (...parts: readonly string[]): readonly string[] => [
    ...below(etcDir, 'containers', ...parts),
    ...below(config, 'containers', ...parts),
  ];
  return {
    hosts: hosts === undefined ? undefined : { path: hosts, named: named !== undefined },
    registriesConf:
      conf === undefined
        ? both('registries.conf')
            .toReversed()
            .map((file) => ({ path: file, named: false }))
        : [{ path: conf, named: true }],
    registriesConfDirs: both('registries.conf.d'),
    certsDirs: [
      ...below(config, 'containers', 'certs.d'),
      ...below(home, '.docker', 'certs.d'),
      ...below(etcDir, 'containers', 'certs.d'),
      ...below(etcDir, 'docker', 'certs.d'),
    ],
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
