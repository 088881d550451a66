import { TransportError } from '../../errors/service/transport.js';
import type { AddressGuard } from './http-client.js';
import { hostOf } from './endpoint.js';
import { type AddressClass, addressGuard, classifyAddress, isLoopbackHost } from './address-guard.js';
import { type HostPattern, matchesHost } from './host-pattern.js';
import { isMetadataHost } from './metadata-host.js';
import { isIP } from 'node:net';

/** The servers and addresses that requests for one registry may reach. */
export interface ConnectionPolicy {
  /** The guard for the registry itself. It refuses nothing, because the user named the registry, and records addresses. */
  readonly registryGuard: AddressGuard;
  /** Whether an https registry may send a request to this http URL. */
  allowsPlainHttp(url: URL): boolean;
  /**
   * The guard for a URL that a server chose.
   *
   * @throws TransportError if the host has the name of a metadata service.
   */
  guardFor(url: URL): AddressGuard;
}

/**
 * A registry may send requests to private addresses if every address at which it was reached is itself private or
 * loopback. Only connections that were made count, so a name that changes its address later gains nothing.
 */
export function newConnectionPolicy(
  registry: URL,
  { allowedHosts, insecure }: { readonly allowedHosts: readonly HostPattern[]; readonly insecure: boolean },
): ConnectionPolicy {
  const reachedClasses = new Set<AddressClass>();
  const host = hostOf(registry);
  if (isIP(host) !== 0) reachedClasses.add(classifyAddress(host));
  else if (isLoopbackHost(registry.host)) reachedClasses.add('loopback');
  return {
    registryGuard: (address) => {
      reachedClasses.add(classifyAddress(address));
    },
    allowsPlainHttp: (url) => insecure || matchesHost(allowedHosts, url),
    guardFor(url) {
      if (isMetadataHost(url) && !matchesHost(allowedHosts, url)) throw metadataHostError(url);
      const classes = [...reachedClasses];
      const allowPrivate =
        classes.length > 0 && classes.every((found) => found === 'private' || found === 'loopback');
      return addressGuard({ allowPrivate, allowedHosts }, url);
    },
  };
}

function metadataHostError({ host, hostname }: URL): TransportError {
  return new TransportError(
    `refused to connect to ${hostname}: a server chose it, and it is the name of a metadata service`,
    { hint: `add ${JSON.stringify(host)} to \`allowedHosts\` if the registry may send you there` },
  );
}
