import { TransportError } from '../../errors/service/transport.js';
import type { AddressGuard } from './client.js';
import { hostOf } from './endpoint.js';
import { type AddressClass, addressGuard, classifyAddress, isLoopbackHost } from './guard.js';
import { type HostPattern, matchesHost } from './host-pattern.js';
import { isMetadataHost } from './metadata-host.js';
import { isIP } from 'node:net';

/** Which addresses a conversation with one registry may lead to. */
export interface Reach {
  /** For the registry itself: refuses nothing, because the user named it, and learns where it is. */
  readonly own: AddressGuard;
  /** Whether an https registry may send a request to this http URL. */
  plainHttp(url: URL): boolean;
  /**
   * For a URL that a server chose.
   *
   * @throws {@link TransportError} for the name of a metadata service
   */
  foreign(url: URL): AddressGuard;
}

/**
 * A registry is taken for private only if every address at which it was reached is private or loopback. What counts is
 * the connections that were made, so a name that changes its address later gains nothing.
 */
export function newReach(
  registry: URL,
  { allowedHosts, insecure }: { readonly allowedHosts: readonly HostPattern[]; readonly insecure: boolean },
): Reach {
  const seen = new Set<AddressClass>();
  const host = hostOf(registry);
  if (isIP(host) !== 0) seen.add(classifyAddress(host));
  else if (isLoopbackHost(registry.host)) seen.add('loopback');
  return {
    own: (address) => {
      seen.add(classifyAddress(address));
    },
    plainHttp: (url) => insecure || matchesHost(allowedHosts, url),
    foreign(url) {
      if (isMetadataHost(url) && !matchesHost(allowedHosts, url)) throw refusedMetadata(url);
      const classes = [...seen];
      const allowPrivate =
        classes.length > 0 && classes.every((found) => found === 'private' || found === 'loopback');
      return addressGuard({ allowPrivate, allowedHosts }, url);
    },
  };
}

function refusedMetadata({ host, hostname }: URL): TransportError {
  return new TransportError(
    `refused to connect to ${hostname}: a server chose it, and it is the name of a metadata service`,
    { hint: `add ${JSON.stringify(host)} to \`allowedHosts\` if the registry may send you there` },
  );
}
