import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { AddressGuard } from '../guard/http-client.js';
import { hostOf } from '../guard/endpoint.js';

/** Finds the addresses of a host, in the order in which they are tried. Rejects if there are none. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

const systemResolve: ResolveHost = (hostname) => dns.promises.lookup(hostname, { all: true });

/**
 * A lookup for `net.connect` that checks every address with the guard. If the guard refuses one address, the host is
 * refused. The connection uses the addresses that were checked, so the name server is not asked a second time.
 */
export function guardedLookup(guard: AddressGuard | undefined, resolve = systemResolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const addresses =
          options.family === 4 || options.family === 6
            ? found.filter(({ family }) => family === options.family)
            : [...found];
        const [first] = addresses;
        try {
          if (first === undefined) throw notFound(hostname);
          for (const { address } of addresses) guard?.(address, hostname);
        } catch (error) {
          callback(error as NodeJS.ErrnoException, []);
          return;
        }
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error as NodeJS.ErrnoException, []);
      },
    );
  };
}

function notFound(hostname: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  error.code = 'ENOTFOUND';
  return error;
}

/** Checks the host of a URL if it is an IP address, for which Node calls no lookup. */
export function guardLiteral(guard: AddressGuard | undefined, url: URL): void {
  const host = hostOf(url);
  if (isIP(host) !== 0) guard?.(host, host);
}

/** Checks the peer of a pooled connection, which was opened for a request with another guard. */
export function guardPeer(guard: AddressGuard | undefined, socket: Socket, url: URL): void {
  if (!socket.connecting && socket.remoteAddress !== undefined) guard?.(socket.remoteAddress, hostOf(url));
}
