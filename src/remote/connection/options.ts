import type { Authenticator, Keychain } from '../../authn/config/authenticator.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Clock, systemClock } from '../../internal/async/clock.js';
import type { SessionOptions } from '../../transport/settings/session-options.js';
import type { RegistryWarning } from '../../transport/wire/parse-warnings.js';
import type { Platform } from '../../v1/platform.js';
import type { OnProgress, ProgressOptions } from '../../v1/progress.js';
import { defaultPlatform } from './platform-choice.js';
import type { UploadStateStore } from './upload-state.js';

/** Which referrers are wanted. */
export interface ReferrersFilter {
  readonly artifactType?: string | undefined;
}

/** A puller or a pusher: something that holds connections which other operations may use too. */
export interface Reusable {
  readonly kind: 'puller' | 'pusher';
}

/** Options of everything in `remote`. What an operation has no use for is ignored. */
export interface RemoteOptions
  extends AbortOptions, ProgressOptions, Omit<SessionOptions, 'auth' | 'signal'> {
  /** @default anonymous */
  readonly auth?: Authenticator | Keychain | undefined;
  /** The image to take from an index. @default linux/amd64, whatever this machine is */
  readonly platform?: Platform | undefined;
  /** Blobs sent at the same time. @default 4 */
  readonly jobs?: number | undefined;
  /** Names to ask for at a time when listing; 0 leaves it to the registry. @default 1000 */
  readonly pageSize?: number | undefined;
  /** Writes layers that may not be distributed too. @default false */
  readonly nondistributable?: boolean | undefined;
  /** Fails if a registry tells another digest for a tag than its bytes have. @default false */
  readonly strict?: boolean | undefined;
  /** Looks for referrers at the fallback tag, and maintains it, where a registry has no API for them. @default true */
  readonly referrersTagFallback?: boolean | undefined;
  readonly filter?: ReferrersFilter | undefined;
  /** Downloads layers that the registry does not have from the `urls` of their descriptors. @default true */
  readonly foreignUrls?: boolean | undefined;
  /**
   * Uploads blobs in pieces of so many bytes, for proxies that limit the size of requests.
   *
   * @default in one piece
   */
  readonly chunkSize?: number | undefined;
  /**
   * Remembers uploads, as `fileUploadState` does: one that its process did not survive is gone on with
   * by a later one, as far as the registry has kept what it was sent. A failed upload is then not cancelled.
   */
  readonly uploadState?: UploadStateStore | undefined;
  /** Cap on the bytes of a manifest. @default 8 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** Cap on the bytes of a config. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
  /** Cap on the pages of a list. @default 10 000 */
  readonly maxPages?: number | undefined;
  /** Cap on the bytes of one page of a list. @default 256 MiB */
  readonly maxPageBytes?: number | undefined;
  /** Cap on the bytes of a list that is held at once: of all names, or all pages of referrers. @default 64 MiB */
  readonly maxListBytes?: number | undefined;
  /** Shares connections, tokens and knowledge; overrides all other options but `platform`, `pageSize`, `filter` and `signal`. */
  readonly reuse?: Reusable | undefined;
}

/** The options with their defaults, checked once. */
export interface Settings {
  readonly platform: Platform;
  readonly jobs: number;
  readonly pageSize: number;
  readonly nondistributable: boolean;
  readonly strict: boolean;
  readonly referrersTagFallback: boolean;
  readonly filter: ReferrersFilter;
  readonly foreignUrls: boolean;
  readonly chunkSize: number | undefined;
  readonly uploadState: UploadStateStore | undefined;
  readonly maxManifestBytes: number;
  readonly maxConfigBytes: number;
  readonly maxPages: number;
  readonly maxPageBytes: number;
  readonly maxListBytes: number;
  readonly onProgress: OnProgress;
  readonly onWarning: (warning: RegistryWarning) => void;
  readonly clock: Clock;
}

/** @throws TypeError for a number out of range. */
export function resolveSettings(options: RemoteOptions): Settings {
  const { chunkSize } = options;
  return Object.freeze({
    platform: options.platform ?? defaultPlatform,
    jobs: count('jobs', options.jobs, 4),
    pageSize: count('pageSize', options.pageSize, 1000, 0),
    nondistributable: options.nondistributable ?? false,
    strict: options.strict ?? false,
    referrersTagFallback: options.referrersTagFallback ?? true,
    filter: options.filter ?? {},
    foreignUrls: options.foreignUrls ?? true,
    chunkSize: chunkSize === undefined ? undefined : count('chunkSize', chunkSize, 0),
    uploadState: options.uploadState,
    maxManifestBytes: count('maxManifestBytes', options.maxManifestBytes, 8 * MIB),
    maxConfigBytes: count('maxConfigBytes', options.maxConfigBytes, 16 * MIB),
    maxPages: count('maxPages', options.maxPages, 10_000),
    maxPageBytes: count('maxPageBytes', options.maxPageBytes, 256 * MIB),
    maxListBytes: count('maxListBytes', options.maxListBytes, 64 * MIB),
    onProgress: options.onProgress ?? (() => undefined),
    onWarning: options.onWarning ?? (() => undefined),
    clock: options.clock ?? systemClock,
  });
}

const MIB = 1024 * 1024;

function count(name: string, value: number | undefined, fallback: number, least = 1): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be an integer of at least ${least}, not ${value}`);
}
