import type { Keychain } from '../../authn/config/authenticator.js';
import type { Auth } from '../../authn/config/credentials.js';
import type { Clock } from '../../internal/async/clock.js';
import type { HttpClient } from '../guard/http-client.js';
import type { GotClientOptions } from '../http/client-options.js';
import type { RequestLimits } from '../wire/gate.js';
import type { RegistrySettings, TrustSettings } from './registry-settings.js';
import type { RetryOptions } from '../wire/retry.js';
import type { RegistryWarning } from '../wire/parse-warnings.js';

/**
 * The options that everything shares that sends requests to registries. The limits on requests are for each registry
 * for which `registries` has none; `trustedRealms` and `allowedHosts` are for all registries, in addition to those in
 * `registries`.
 */
export interface TransportOptions extends RequestLimits, TrustSettings {
  /**
   * A keychain, which finds the credentials of each registry when they are needed; credentials by host; or the
   * credentials of one registry. The latter are never sent to a second registry.
   *
   * @default anonymous
   */
  readonly auth?: Auth | undefined;
  /**
   * Sends the requests. Sessions with the same client share its connections, tokens, and what they learned about
   * registries. The caller owns the client and closes it.
   *
   * @default one `newGotClient()` for the whole process
   */
  readonly client?: HttpClient | undefined;
  /** Timeouts and bounds of the default client. They have no effect on `client`. */
  readonly timeouts?:
    Omit<GotClientOptions, 'ca' | 'proxy' | 'proxyFromEnvironment' | 'resolveHost'> | undefined;
  /** Text that precedes the name of this package in `User-Agent`; printable ASCII. @default none */
  readonly userAgent?: string | undefined;
  /** Treats every registry as {@link RegistrySettings.insecure}. @default false */
  readonly insecure?: boolean | undefined;
  /**
   * Settings by host, with its port if the reference has one: `registry.example:5000`. A key with a part of a namespace
   * (`registry.example/team`), or for all hosts below a domain (`*.example`), can have `RouteSettings` only. If
   * several routes match a repository, only the longest one counts.
   *
   * A frozen object is checked once, and its certificates are read once. @default none
   */
  readonly registries?: Readonly<Record<string, RegistrySettings>> | undefined;
  /** When a failed request is sent again. */
  readonly retry?: RetryOptions | undefined;
  /**
   * Called for every distinct `Warning` header of a registry, and when a registry cannot do a part of an operation that
   * succeeds without it.
   */
  readonly onWarning?: ((warning: RegistryWarning) => void) | undefined;
}

/** The options of a session. */
export interface SessionOptions extends TransportOptions {
  /**
   * Finds the credentials for mirrors on other hosts.
   *
   * @default `auth` if it is a keychain or has credentials by host; fixed credentials are for the registry alone
   */
  readonly mirrorAuth?: Keychain | undefined;
  /** The clock for retries, rate limits and the expiry of tokens. Tests replace it. @default the clock of the system */
  readonly clock?: Clock | undefined;
}
