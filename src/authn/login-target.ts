import { AuthError } from '../errors/service/auth.js';
import { BadNameError } from '../errors/invalid/name.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { newRegistry } from '../name/registry.js';
import type { Resource } from './config/authenticator.js';
import { type ConfigLocationOptions, writableConfigFile } from './config/locations.js';
import type { HelperProgramOptions } from './helpers/program.js';
import type { Wanted } from './lookup.js';
import { HUB_HOST, parseServerName } from './config/server-name.js';

export interface LoginOptions extends ConfigLocationOptions, AbortOptions {
  /** @default `config.json` in `$DOCKER_CONFIG`, else `$REGISTRY_AUTH_FILE`, else `~/.docker/config.json` */
  readonly file?: string | undefined;
  /** Time for one answer of a credential helper. @default 30 000 */
  readonly helperTimeoutMs?: number | undefined;
  /** Cap on the output of a credential helper. @default 1 MiB */
  readonly helperMaxBytes?: number | undefined;
  /** Cap on the configuration file. @default 1 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/** What a login or logout is about. */
export interface LoginTarget extends Wanted {
  readonly file: string;
  readonly maxConfigBytes: number;
  readonly helperOptions: HelperProgramOptions;
}

/** Reads `server`: a registry, a namespace of one, or an old-style URL as docker's configuration has it. */
export function loginTarget(server: string, options: LoginOptions): LoginTarget {
  const wanted = wantedServer(server);
  const file = options.file ?? writableConfigFile(options);
  if (file === undefined) {
    throw new AuthError('there is no home directory to keep credentials in', {
      hint: 'set DOCKER_CONFIG to a directory',
    });
  }
  return {
    ...wanted,
    file,
    maxConfigBytes: options.maxConfigBytes ?? 1024 * 1024,
    helperOptions: { env: options.env, timeoutMs: options.helperTimeoutMs, maxBytes: options.helperMaxBytes },
  };
}

/** What a keychain is asked for the credentials of a registry, or of a namespace of one, that is named as for `login`. */
export function resourceOf(server: string): Resource {
  const { registry, server: name } = wantedServer(server);
  return { registryStr: () => registry, name: () => [registry, ...name.path].join('/') };
}

function wantedServer(server: string): Wanted {
  const name = parseServerName(server);
  const isRepository = name?.path.every((segment) =>
    /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/.test(segment),
  );
  if (name === undefined || isRepository !== true) {
    throw new BadNameError(
      server,
      'not a registry or a namespace of one',
      'write it as registry.example/namespace',
    );
  }
  // Spelled as a reference would spell it: with its port, without the scheme.
  const [authority = ''] = server.replace(/^https?:\/\//i, '').split('/');
  // Only what a reference can name has any use for credentials.
  newRegistry(authority);
  return { server: name, registry: name.host === HUB_HOST ? HUB_HOST : authority.toLowerCase() };
}
