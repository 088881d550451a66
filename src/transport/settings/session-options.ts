import type { Authenticator, Keychain } from '../../authn/config/authenticator.js';
import type { Clock } from '../../internal/async/clock.js';
import type { HttpClient } from '../guard/client.js';
import type { GotClientOptions } from '../http/client-options.js';
import type { RequestLimits } from '../wire/gate.js';
import type { RegistrySettings, TrustSettings } from './registry-settings.js';
import type { RetryOptions } from '../wire/retry.js';
import type { RegistryWarning } from '../wire/warning.js';

/**
 * How to reach registries, shared by everything that talks to one. The limits on requests are for each registry that
 * `registries` sets none for; `trustedRealms` and `allowedHosts` are for all registries, besides those of `registries`.
 */
export interface TransportOptions extends RequestLimits, TrustSettings {
  /** @default anonymous */
  readonly auth?: Authenticator | Keychain | undefined;
  /**
   * Sends the requests. Sessions with the same client share connections, tokens and what is known of registries.
   *
   * @default one `newGotClient()` for the whole process
   */
  readonly client?: HttpClient | undefined;
  /** Timeouts of the default client. */
  readonly timeouts?: Omit<GotClientOptions, 'proxyFromEnvironment' | 'resolveHost'> | undefined;
  /** Put before the name of this package in `User-Agent`. */
  readonly userAgent?: string | undefined;
  /** Treats every registry as {@link RegistrySettings.insecure}. */
  readonly insecure?: boolean | undefined;
  /**
   * By host, with its port where one is written: `registry.example:5000`. `RouteSettings` also by part of a
   * namespace (`registry.example/team`) and for all hosts below a domain (`*.example`): the longest match counts alone.
   */
  readonly registries?: Readonly<Record<string, RegistrySettings>> | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Told about every distinct `Warning` header of a registry, and about what a registry keeps an operation from doing. */
  readonly onWarning?: ((warning: RegistryWarning) => void) | undefined;
}

export interface SessionOptions extends TransportOptions {
  /**
   * Finds the credentials of mirrors on other hosts.
   *
   * @default `auth`, if that is a keychain: fixed credentials are for the registry alone
   */
  readonly mirrorAuth?: Keychain | undefined;
  /** Time for retries and expiries. @default the system's */
  readonly clock?: Clock | undefined;
}
