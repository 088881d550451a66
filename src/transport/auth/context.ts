import type { AuthConfig } from '../../authn/config/authenticator.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Clock } from '../../internal/async/clock.js';
import type { Registry } from '../../name/reference.js';
import type { HttpClient, TlsOptions } from '../guard/client.js';
import type { HostPattern } from '../guard/host-pattern.js';
import type { Reach } from '../guard/reach.js';
import type { RetryPolicy } from '../wire/retry.js';
import type { TokenCache } from './token-cache.js';
import type { Wire } from '../wire/wire.js';

/** What the parts of one conversation share; made once, from the options. */
export interface Context {
  readonly registry: Registry;
  readonly client: HttpClient;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly reach: Reach;
  readonly tokens: TokenCache;
  /** Identity tokens that token servers replaced, by realm and original. */
  readonly rotated: Map<string, string>;
  /** Whether plain http and any certificate are accepted of the registry. */
  readonly insecure: boolean;
  readonly trustedRealms: readonly HostPattern[];
  /** Certificates and trust for a host. */
  tls(url: URL): TlsOptions | undefined;
  /** Headers that the options give for a host. */
  headers(url: URL): Readonly<Record<string, string>>;
  /** The credentials as they are now. */
  credentials(options: AbortOptions): Promise<AuthConfig>;
}
