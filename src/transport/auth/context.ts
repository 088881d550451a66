import type { AuthConfig } from '../../authn/config/authenticator.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Clock } from '../../internal/async/clock.js';
import type { Registry } from '../../name/reference.js';
import type { HttpClient, TlsOptions } from '../guard/http-client.js';
import type { HostPattern } from '../guard/host-pattern.js';
import type { ConnectionPolicy } from '../guard/connection-policy.js';
import type { RetryPolicy } from '../wire/retry.js';
import type { TokenCache } from './token-cache.js';
import type { Wire } from '../wire/wire.js';

/** The objects that the parts of one session share. They are created once, from the options. */
export interface Context {
  readonly registry: Registry;
  readonly client: HttpClient;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly connections: ConnectionPolicy;
  readonly tokens: TokenCache;
  /** The newest identity tokens that token servers issued, by realm and original identity token. */
  readonly replacedIdentityTokens: Map<string, string>;
  /** Whether the registry may speak plain http and have any certificate. */
  readonly insecure: boolean;
  readonly trustedRealms: readonly HostPattern[];
  /** Certificates and trust for a host. */
  tls(url: URL): TlsOptions | undefined;
  /** Headers that the options set for a host. */
  headers(url: URL): Readonly<Record<string, string>>;
  /** The current credentials. A keychain is asked once per session; its authenticator is asked at every call. */
  credentials(options: AbortOptions): Promise<AuthConfig>;
}
