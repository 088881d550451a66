import type { AddressGuard } from './client.js';
import { hostOf } from './endpoint.js';
import { type AddressClass, addressGuard, classifyAddress, isLoopbackHost } from './guard.js';
import { isIP } from 'node:net';

/** Which addresses a conversation with one registry may lead to. */
export interface Reach {
  /** For the registry itself: refuses nothing, because the user named it, and learns where it is. */
  readonly own: AddressGuard;
  /** For a URL that a server chose. */
  foreign(url: URL): AddressGuard;
}

/**
 * A registry is taken for private only if every address at which it was reached is private or loopback. What counts is
 * the connections that were made, so a name that changes its address later gains nothing.
 */
export function newReach(registry: URL, allowedHosts: readonly string[]): Reach {
  const seen = new Set<AddressClass>();
  const host = hostOf(registry);
  if (isIP(host) !== 0) seen.add(classifyAddress(host));
  else if (isLoopbackHost(registry.host)) seen.add('loopback');
  return {
    own: (address) => {
      seen.add(classifyAddress(address));
    },
    foreign(url) {
      const classes = [...seen];
      const allowPrivate =
        classes.length > 0 && classes.every((found) => found === 'private' || found === 'loopback');
      return addressGuard({ allowPrivate, allowedHosts }, url);
    },
  };
}
