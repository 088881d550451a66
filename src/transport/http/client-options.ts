import { boundedInteger } from '../../internal/bounded-integer.js';
import type { ResolveHost } from './lookup.js';
import { type ProxyChooser, proxyFromEnvironment } from './proxy.js';

/** Timeouts and bounds of the package's own HTTP client. Times are in milliseconds. */
export interface GotClientOptions {
  /** Longest time for DNS lookup, connection and TLS handshake together. @default 30_000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Longest time from the last byte of a request to the headers of its response. @default 45_000 */
  readonly headersTimeoutMs?: number | undefined;
  /**
   * Upper bound of the same time after a request that sends or ends a blob. Registries and proxies move and check the
   * blob then, so every 10 MB of it add a second to `headersTimeoutMs`. @default 300_000
   */
  readonly commitTimeoutMs?: number | undefined;
  /** Longest time without a byte in the middle of a request body or a response body. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Lowest average speed of a download, in bytes per second; 0 means no bound. @default 1024 */
  readonly minBytesPerSecond?: number | undefined;
  /** Period over which `minBytesPerSecond` is measured. Only time spent waiting for bytes counts. @default 60_000 */
  readonly minRateWindowMs?: number | undefined;
  /** Cap on the headers of a response. Some registries send more than the 16 KiB that Node allows. @default 65_536 */
  readonly maxHeaderBytes?: number | undefined;
  /** The maximum number of connections to one host. Further requests wait for a connection. @default 50 */
  readonly maxSocketsPerHost?: number | undefined;
  /** Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are followed. @default true */
  readonly proxyFromEnvironment?: boolean | undefined;
  /**
   * The URL of an HTTP proxy for all requests, but for those to loopback addresses; it may have a user name and a password. It
   * replaces the variables of the environment, `NO_PROXY` too. @default by `proxyFromEnvironment`
   */
  readonly proxy?: string | undefined;
  /** Certificates of authorities in PEM that are trusted for every host, in addition to those of the system. @default none */
  readonly ca?: string | readonly string[] | undefined;
  /** Finds the addresses of a host. @default the resolver of the system */
  readonly resolveHost?: ResolveHost | undefined;
}

/** Client options with their defaults. */
export interface ResolvedClientOptions {
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly commitTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly minBytesPerSecond: number;
  readonly minRateWindowMs: number;
  readonly maxHeaderBytes: number;
  readonly maxSocketsPerHost: number;
  readonly chooseProxy: ProxyChooser;
  readonly ca: readonly string[];
  readonly resolveHost: ResolveHost | undefined;
}

/** setTimeout treats a longer time as 1 ms. */
const MAX_MS = 2 ** 31 - 1;

/** @throws TypeError if an option is out of range. */
export function resolveClientOptions(options: GotClientOptions): ResolvedClientOptions {
  return {
    connectTimeoutMs: boundedInteger('connectTimeoutMs', options.connectTimeoutMs ?? 30_000, 1, MAX_MS),
    headersTimeoutMs: boundedInteger('headersTimeoutMs', options.headersTimeoutMs ?? 45_000, 1, MAX_MS),
    commitTimeoutMs: boundedInteger('commitTimeoutMs', options.commitTimeoutMs ?? 300_000, 1, MAX_MS),
    idleTimeoutMs: boundedInteger('idleTimeoutMs', options.idleTimeoutMs ?? 60_000, 1, MAX_MS),
    minBytesPerSecond: boundedInteger(
      'minBytesPerSecond',
      options.minBytesPerSecond ?? 1024,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    minRateWindowMs: boundedInteger('minRateWindowMs', options.minRateWindowMs ?? 60_000, 1, MAX_MS),
    maxHeaderBytes: boundedInteger('maxHeaderBytes', options.maxHeaderBytes ?? 64 * 1024, 1024, MAX_MS),
    maxSocketsPerHost: boundedInteger('maxSocketsPerHost', options.maxSocketsPerHost ?? 50, 1, 65_535),
    chooseProxy: chooserFor(options),
    ca: [options.ca ?? []].flat(),
    resolveHost: options.resolveHost,
  };
}

function chooserFor({ proxy, proxyFromEnvironment: fromEnvironment = true }: GotClientOptions): ProxyChooser {
  if (proxy !== undefined) return proxyFromEnvironment({ ALL_PROXY: proxy });
  return fromEnvironment ? proxyFromEnvironment(process.env) : () => undefined;
}
