import { UnsupportedError } from '../../errors/unsupported.js';
import type { Environment } from '../../authn/config/locations.js';
import type { DaemonTls } from './options.js';
import type { SshTarget } from './ssh-connection.js';
import { trimEnd } from '../../internal/trim-end.js';

/** Where a daemon listens. */
export interface Endpoint {
  /** As messages name it: without a user's name and password. */
  readonly host: string;
  /** A unix socket or a named pipe; undefined for a host on the network. */
  readonly socketPath?: string | undefined;
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  /** Stands before every path, for daemons behind a proxy. */
  readonly basePath: string;
  /** Reached through the program `ssh`. */
  readonly ssh?: SshTarget | undefined;
  /** Undefined for plain HTTP. */
  readonly tls?: DaemonTls | undefined;
}

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads what `DOCKER_HOST` may hold.
 *
 * @param env - is that of a program to be started.
 * @throws {@link UnsupportedError} for what is no such address.
 */
export function parseHost(text: string, env: Environment, tls?: DaemonTls): Endpoint {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(text.trim()) ?? [];
  switch (scheme) {
    case 'unix':
      return socketEndpoint(`unix://${path(rest, text)}`, path(rest, text));
    case 'npipe':
      if (process.platform !== 'win32') throw refused(text, 'named pipes are a thing of Windows');
      return socketEndpoint(`npipe://${path(rest, text)}`, path(rest, text));
    case 'tcp':
    case 'http':
    case 'https':
      return networkEndpoint(text, scheme, rest, tls);
    case 'ssh':
      return sshEndpoint(text, rest, env);
    default:
      throw refused(text, 'it is no address of a daemon');
  }
}

export function socketEndpoint(host: string, socketPath: string): Endpoint {
  return { host, socketPath, basePath: '' };
}

/** An absolute path behind two slashes, or none. */
function path(rest: string, text: string): string {
  const found = rest.startsWith('//') ? rest.slice(2) : rest;
  if (!found.startsWith('/') || found.includes('\0')) throw refused(text, 'its path is not absolute');
  return found;
}

function networkEndpoint(text: string, scheme: string, rest: string, wanted?: DaemonTls): Endpoint {
  // Of the web's schemes the parser would drop the default ports, which are others here.
  const address = `tcp:${rest}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '') throw refused(text, 'it names no host');
  const tls = wanted ?? (scheme === 'https' ? {} : undefined);
  const port = url.port === '' ? (tls === undefined ? PLAIN_PORT : TLS_PORT) : Number(url.port);
  return {
    host: `${scheme}://${url.hostname}:${port}`,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    basePath: trimEnd(url.pathname, '/'),
    tls,
  };
}

/** As docker has it: `ssh://[USER@]HOST[:PORT][/SOCKET]`, where a socket is one that the machine there has. */
function sshEndpoint(text: string, rest: string, env: Environment): Endpoint {
  const address = `tcp:${rest}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '') throw refused(text, 'it names no host');
  if (url.password !== '') throw refused(text, 'ssh takes no password here', 'let ssh use a key');
  const { username, hostname, port, pathname } = url;
  // A shell reads it.
  if (!/^[\w./-]*$/.test(pathname)) throw refused(text, 'its path has unusual characters');
  const socket = /^\/?$/.test(pathname) ? [] : ['--host', `unix://${pathname}`];
  const user = username === '' ? [] : ['-l', decodeURIComponent(username)];
  const at = port === '' ? [] : ['-p', port];
  return {
    host: `ssh://${url.host}${socket.length === 0 ? '' : pathname}`,
    basePath: '',
    ssh: {
      args: [
        ...['-o', 'ConnectTimeout=30', '-T', ...user, ...at, '--', hostname.replace(/^\[(.*)\]$/, '$1')],
        ...['docker', ...socket, 'system', 'dial-stdio'],
      ],
      env,
    },
  };
}

function refused(text: string, reason: string, hint = WANTED): UnsupportedError {
  // Whoever writes an address badly may have a password in it.
  const shown = text.slice(0, 256).replace(/^([a-z]+:\/\/).*@/s, '$1***@');
  return new UnsupportedError(`daemon host ${JSON.stringify(shown)}: ${reason}`, { hint });
}

const WANTED = 'give `unix:///var/run/docker.sock`, `tcp://HOST:2376` or the like';
