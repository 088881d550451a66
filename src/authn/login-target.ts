import { AuthError } from '../errors/service/auth.js';
import { BadNameError } from '../errors/invalid/name.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { newRegistry } from '../name/registry.js';
import type { Resource } from './config/authenticator.js';
import { type ConfigLocationOptions, writableConfigFile } from './config/locations.js';
import type { HelperProgramOptions } from './helpers/helper-program.js';
import type { CredentialQuery } from './lookup.js';
import { HUB_HOST, parseServerName } from './config/server-name.js';

/** The options of {@link login} and {@link logout}. */
export interface LoginOptions extends ConfigLocationOptions, AbortOptions {
  /**
   * The configuration file.
   *
   * @default `config.json` in `$DOCKER_CONFIG`, else `$REGISTRY_AUTH_FILE`, else `~/.docker/config.json`
   */
  readonly file?: string | undefined;
  /** Longest time for one run of a credential helper. @default 30 000 */
  readonly helperTimeoutMs?: number | undefined;
  /** Cap on the output of a credential helper. @default 1 MiB */
  readonly helperMaxBytes?: number | undefined;
  /** Cap on the configuration file. @default 1 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/** The server and the file of a login or logout. */
export interface LoginTarget extends CredentialQuery {
  readonly file: string;
  readonly maxConfigBytes: number;
  readonly helperOptions: HelperProgramOptions;
}

/**
 * Parses `server`: a registry, a namespace of a registry, or an old-style URL as in docker's configuration.
 *
 * @throws BadNameError if `server` has another form.
 * @throws AuthError if there is no location for the file.
 */
export function loginTarget(server: string, options: LoginOptions): LoginTarget {
  const query = parseServer(server);
  const file = options.file ?? writableConfigFile(options);
  if (file === undefined) {
    throw new AuthError('there is no home directory in which credentials can be stored', {
      hint: 'set DOCKER_CONFIG to a directory',
    });
  }
  return {
    ...query,
    file,
    maxConfigBytes: options.maxConfigBytes ?? 1024 * 1024,
    helperOptions: { env: options.env, timeoutMs: options.helperTimeoutMs, maxBytes: options.helperMaxBytes },
  };
}

/**
 * The resource with which a keychain finds the credentials of a registry, or of a namespace of a registry. The name has
 * the form that {@link login} takes.
 *
 * @throws BadNameError if `server` has another form.
 */
export function resourceOf(server: string): Resource {
  const { registry, server: name } = parseServer(server);
  return { registryStr: () => registry, name: () => [registry, ...name.path].join('/') };
}

function parseServer(server: string): CredentialQuery {
  const name = parseServerName(server);
  const isRepository = name?.path.every((segment) =>
    /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/.test(segment),
  );
  if (name === undefined || isRepository !== true) {
    throw new BadNameError(
      server,
      'not a registry or a namespace of a registry',
      'write it as registry.example/namespace',
    );
  }
  // A reference spells it with its port and without the scheme.
  const [authority = ''] = server.replace(/^https?:\/\//i, '').split('/');
  // This throws if a reference cannot have this host, because then the credentials could never be used.
  newRegistry(authority);
  return { server: name, registry: name.host === HUB_HOST ? HUB_HOST : authority.toLowerCase() };
}
