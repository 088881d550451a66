import { boundedInteger } from '../../internal/bounded-integer.js';
import type { ResolveHost } from './lookup.js';
import { type ProxyChooser, proxyFromEnvironment } from './proxy.js';

/** Timeouts and bounds of the package's own HTTP client. */
export interface GotClientOptions {
  /** Look-up, connection and TLS handshake together. @default 30_000 */
  readonly connectTimeoutMs?: number | undefined;
  /** From the last byte of a request to the headers of its answer. @default 45_000 */
  readonly headersTimeoutMs?: number | undefined;
  /**
   * The most that the same may take after a request that sends or ends a blob. Registries and proxies move and check
   * it then: every 10 MB give a second more than `headersTimeoutMs`. @default 300_000
   */
  readonly commitTimeoutMs?: number | undefined;
  /** Longest silence in the middle of a body. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Least speed of a download, over `minRateWindowMs` of waiting for it. @default 1024 */
  readonly minBytesPerSecond?: number | undefined;
  /** @default 60_000 */
  readonly minRateWindowMs?: number | undefined;
  /** Some registries send more than Node's 16 KiB. @default 65_536 */
  readonly maxHeaderBytes?: number | undefined;
  /** @default 50 */
  readonly maxSocketsPerHost?: number | undefined;
  /** `false` ignores `HTTPS_PROXY` and its kin. @default true */
  readonly proxyFromEnvironment?: boolean | undefined;
  /** Finds the addresses of a host, instead of the system's resolver. */
  readonly resolveHost?: ResolveHost | undefined;
}

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
  readonly resolveHost: ResolveHost | undefined;
}

/** setTimeout turns more than this into no time at all. */
const MAX_MS = 2 ** 31 - 1;

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
    chooseProxy: options.proxyFromEnvironment === false ? () => undefined : proxyFromEnvironment(process.env),
    resolveHost: options.resolveHost,
  };
}
