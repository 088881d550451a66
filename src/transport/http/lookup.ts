import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { AddressGuard } from '../guard/client.js';
import { hostOf } from '../guard/endpoint.js';

/** Finds the addresses of a host, in the order in which they are to be tried. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

const systemResolve: ResolveHost = (hostname) => dns.promises.lookup(hostname, { all: true });

/**
 * A look-up for `net.connect` that asks the guard about every address. One refused address refuses the host, and
 * the connection is made to the very addresses that were asked about, so a second answer of the name server is
 * never used.
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

/** Node never looks an IP address up, so the guard is asked about it here. */
export function guardLiteral(guard: AddressGuard | undefined, url: URL): void {
  const host = hostOf(url);
  if (isIP(host) !== 0) guard?.(host, host);
}

/** A pooled connection was made for somebody else: the guard is asked about its peer before it is used. */
export function guardPeer(guard: AddressGuard | undefined, socket: Socket, url: URL): void {
  if (!socket.connecting && socket.remoteAddress !== undefined) guard?.(socket.remoteAddress, hostOf(url));
}
