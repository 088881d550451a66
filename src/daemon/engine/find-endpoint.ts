import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { contextEndpoint, currentContext } from './docker-context.js';
import { type Endpoint, parseHost, socketEndpoint } from './endpoint.js';
import type { DaemonOptions, DaemonTls } from './options.js';
import { readCertificates } from './read-settings.js';

/**
 * Finds the daemon to use. The first of these that is set decides:
 *
 * 1. the options `host` and `context`
 * 2. `$DOCKER_HOST`, `$DOCKER_CONTEXT`, `$CONTAINER_HOST`
 * 3. `currentContext` in docker's `config.json`
 * 4. the first socket that exists: docker's, that of a rootless docker, podman's of the user, podman's of the system
 */
export async function findEndpoint(options: DaemonOptions): Promise<Endpoint> {
  const { host, context } = options;
  if (host !== undefined && context !== undefined)
    throw new TypeError('`host` and `context` exclude each other');
  const env = options.env ?? process.env;
  const variable = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const home =
    options.homeDir ?? variable(process.platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homedir();
  const configDir = variable('DOCKER_CONFIG') ?? path.join(home, '.docker');
  const fromHost = async (address: string): Promise<Endpoint> =>
    parseHost(address, env, await findTls(options, variable, configDir));
  const fromContext = async (name: string): Promise<Endpoint> => {
    const found = await contextEndpoint(name, configDir, env);
    return options.tls === undefined || found.hostname === undefined
      ? found
      : { ...found, tls: tlsFromOption(options.tls) };
  };

  if (host !== undefined) return fromHost(host);
  if (context !== undefined && context !== 'default') return fromContext(context);
  const dockerHost = variable('DOCKER_HOST');
  if (dockerHost !== undefined) return fromHost(dockerHost);
  if (context === undefined) {
    const contextVariable = variable('DOCKER_CONTEXT');
    const containerHost = variable('CONTAINER_HOST');
    if (contextVariable !== undefined && contextVariable !== 'default') return fromContext(contextVariable);
    if (contextVariable === undefined) {
      if (containerHost !== undefined) return fromHost(containerHost);
      const currentContextName = await currentContext(configDir);
      if (currentContextName !== undefined) return fromContext(currentContextName);
    }
  }
  return defaultEndpoint(variable('XDG_RUNTIME_DIR'));
}

async function findTls(
  { tls }: DaemonOptions,
  variable: (name: string) => string | undefined,
  configDir: string,
): Promise<DaemonTls | undefined> {
  if (tls !== undefined) return tlsFromOption(tls);
  if (variable('DOCKER_TLS_VERIFY') === undefined) return undefined;
  return readCertificates(variable('DOCKER_CERT_PATH') ?? configDir);
}

function tlsFromOption(tls: DaemonTls | boolean): DaemonTls | undefined {
  return typeof tls === 'object' ? tls : tls ? {} : undefined;
}

const DOCKER_SOCKET = '/var/run/docker.sock';
const DOCKER_PIPE = '//./pipe/docker_engine';

/** The first socket that exists; Docker's if there is none, because an error should name that one. */
async function defaultEndpoint(runtimeDir: string | undefined): Promise<Endpoint> {
  if (process.platform === 'win32') return socketEndpoint(`npipe://${DOCKER_PIPE}`, DOCKER_PIPE);
  const sockets = [
    DOCKER_SOCKET,
    ...(runtimeDir === undefined
      ? []
      : [path.join(runtimeDir, 'docker.sock'), path.join(runtimeDir, 'podman', 'podman.sock')]),
    '/run/podman/podman.sock',
  ];
  for (const socket of sockets) if (await exists(socket)) return socketEndpoint(`unix://${socket}`, socket);
  return socketEndpoint(`unix://${DOCKER_SOCKET}`, DOCKER_SOCKET);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
