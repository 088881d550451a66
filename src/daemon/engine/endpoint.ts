import { UnsupportedError } from '../../errors/unsupported.js';
import type { Environment } from '../../authn/config/locations.js';
import type { DaemonTls } from './options.js';
import type { SshTarget } from './ssh-connection.js';
import { trimEnd } from '../../internal/trim-end.js';

/** The address of a daemon, and how to connect to it. */
export interface Endpoint {
  /** The address for messages, without user name and password. */
  readonly host: string;
  /** The path of a unix socket or a named pipe; undefined for a host on the network. */
  readonly socketPath?: string | undefined;
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  /** A prefix for every path, for daemons behind a proxy. */
  readonly basePath: string;
  /** The arguments for the program `ssh`, if the daemon is reached through it. */
  readonly ssh?: SshTarget | undefined;
  /** Undefined for plain HTTP. */
  readonly tls?: DaemonTls | undefined;
}

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Parses an address in the form of `DOCKER_HOST`.
 *
 * @param env - the environment of `ssh`, if that program is started.
 * @throws UnsupportedError if the text is not an address of a daemon.
 */
export function parseHost(text: string, env: Environment, tls?: DaemonTls): Endpoint {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(text.trim()) ?? [];
  switch (scheme) {
    case 'unix':
      return socketEndpoint(`unix://${socketPathOf(rest, text)}`, socketPathOf(rest, text));
    case 'npipe':
      if (process.platform !== 'win32') throw invalidHost(text, 'named pipes exist only on Windows');
      return socketEndpoint(`npipe://${socketPathOf(rest, text)}`, socketPathOf(rest, text));
    case 'tcp':
    case 'http':
    case 'https':
      return networkEndpoint(text, scheme, rest, tls);
    case 'ssh':
      return sshEndpoint(text, rest, env);
    default:
      throw invalidHost(text, 'it is not an address of a daemon');
  }
}

/** The endpoint of a unix socket or a named pipe. */
export function socketEndpoint(host: string, socketPath: string): Endpoint {
  return { host, socketPath, basePath: '' };
}

/** Parses the path of a socket: an absolute path, with or without two slashes before it. */
function socketPathOf(rest: string, text: string): string {
  const found = rest.startsWith('//') ? rest.slice(2) : rest;
  if (!found.startsWith('/') || found.includes('\0')) throw invalidHost(text, 'its path is not absolute');
  return found;
}

function networkEndpoint(text: string, scheme: string, rest: string, wanted?: DaemonTls): Endpoint {
  // With `http:` or `https:` the parser would drop the ports 80 and 443, which are not the default ports of daemons.
  const address = `tcp:${rest}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '') throw invalidHost(text, 'it does not name a host');
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

/** Parses docker's form `ssh://[USER@]HOST[:PORT][/SOCKET]`. The socket is a path on the remote machine. */
function sshEndpoint(text: string, rest: string, env: Environment): Endpoint {
  const address = `tcp:${rest}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '') throw invalidHost(text, 'it does not name a host');
  if (url.password !== '')
    throw invalidHost(text, 'a password cannot be passed to ssh', 'set up a key for ssh');
  const { username, hostname, port, pathname } = url;
  // A shell on the remote machine interprets the path.
  if (!/^[\w./-]*$/.test(pathname)) throw invalidHost(text, 'its path has unusual characters');
  const socketArgs = /^\/?$/.test(pathname) ? [] : ['--host', `unix://${pathname}`];
  const userArgs = username === '' ? [] : ['-l', decodeURIComponent(username)];
  const portArgs = port === '' ? [] : ['-p', port];
  return {
    host: `ssh://${url.host}${socketArgs.length === 0 ? '' : pathname}`,
    basePath: '',
    ssh: {
      args: [
        ...[
          '-o',
          'ConnectTimeout=30',
          '-T',
          ...userArgs,
          ...portArgs,
          '--',
          hostname.replace(/^\[(.*)\]$/, '$1'),
        ],
        ...['docker', ...socketArgs, 'system', 'dial-stdio'],
      ],
      env,
    },
  };
}

function invalidHost(text: string, reason: string, hint = HOST_HINT): UnsupportedError {
  // An invalid address may contain a password, too.
  const redacted = text.slice(0, 256).replace(/^([a-z]+:\/\/).*@/s, '$1***@');
  return new UnsupportedError(`daemon host ${JSON.stringify(redacted)}: ${reason}`, { hint });
}

const HOST_HINT = 'use an address such as `unix:///var/run/docker.sock` or `tcp://HOST:2376`';
