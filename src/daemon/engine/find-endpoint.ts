import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { contextEndpoint, currentContext } from './docker-context.js';
import { type Endpoint, parseHost, socketEndpoint } from './endpoint.js';
import type { DaemonOptions, DaemonTls } from './options.js';
import { readCertificates } from './read-settings.js';

/**
 * The daemon that is meant. The first of these that says something counts:
 *
 * 1. the options `host` and `context`
 * 2. `$DOCKER_HOST`, `$DOCKER_CONTEXT`, `$CONTAINER_HOST`
 * 3. `currentContext` in docker's `config.json`
 * 4. the first socket that is there: docker's, that of a rootless docker, podman's of the user, podman's of the system
 */
export async function findEndpoint(options: DaemonOptions): Promise<Endpoint> {
  const { host, context } = options;
  if (host !== undefined && context !== undefined) throw new TypeError('give `host` or `context`, not both');
  const env = options.env ?? process.env;
  const variable = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const home =
    options.homeDir ?? variable(process.platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homedir();
  const configDir = variable('DOCKER_CONFIG') ?? path.join(home, '.docker');
  const at = async (address: string): Promise<Endpoint> =>
    parseHost(address, env, await tlsOf(options, variable, configDir));
  const inContext = async (name: string): Promise<Endpoint> => {
    const found = await contextEndpoint(name, configDir, env);
    return options.tls === undefined || found.hostname === undefined
      ? found
      : { ...found, tls: givenTls(options.tls) };
  };

  if (host !== undefined) return at(host);
  if (context !== undefined && context !== 'default') return inContext(context);
  const dockerHost = variable('DOCKER_HOST');
  if (dockerHost !== undefined) return at(dockerHost);
  if (context === undefined) {
    const named = variable('DOCKER_CONTEXT');
    const podman = variable('CONTAINER_HOST');
    if (named !== undefined && named !== 'default') return inContext(named);
    if (named === undefined) {
      if (podman !== undefined) return at(podman);
      const chosen = await currentContext(configDir);
      if (chosen !== undefined) return inContext(chosen);
    }
  }
  return usualEndpoint(variable('XDG_RUNTIME_DIR'));
}

async function tlsOf(
  { tls }: DaemonOptions,
  variable: (name: string) => string | undefined,
  configDir: string,
): Promise<DaemonTls | undefined> {
  if (tls !== undefined) return givenTls(tls);
  if (variable('DOCKER_TLS_VERIFY') === undefined) return undefined;
  return readCertificates(variable('DOCKER_CERT_PATH') ?? configDir);
}

function givenTls(tls: DaemonTls | boolean): DaemonTls | undefined {
  return typeof tls === 'object' ? tls : tls ? {} : undefined;
}

const DOCKER_SOCKET = '/var/run/docker.sock';
const DOCKER_PIPE = '//./pipe/docker_engine';

/** Docker's place if nothing is anywhere: that is what the error should name. */
async function usualEndpoint(runtimeDir: string | undefined): Promise<Endpoint> {
  if (process.platform === 'win32') return socketEndpoint(`npipe://${DOCKER_PIPE}`, DOCKER_PIPE);
  const sockets = [
    DOCKER_SOCKET,
    ...(runtimeDir === undefined
      ? []
      : [path.join(runtimeDir, 'docker.sock'), path.join(runtimeDir, 'podman', 'podman.sock')]),
    '/run/podman/podman.sock',
  ];
  for (const socket of sockets) if (await isThere(socket)) return socketEndpoint(`unix://${socket}`, socket);
  return socketEndpoint(`unix://${DOCKER_SOCKET}`, DOCKER_SOCKET);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
