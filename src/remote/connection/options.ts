import type { Auth } from '../../authn/config/credentials.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Clock, systemClock } from '../../internal/async/clock.js';
import type { SessionOptions } from '../../transport/settings/session-options.js';
import type { RegistryWarning } from '../../transport/wire/parse-warnings.js';
import type { Platform } from '../../v1/platform.js';
import type { OnProgress, ProgressOptions } from '../../v1/progress.js';
import { defaultPlatform } from './platform-choice.js';
import type { UploadStateStore } from './upload-state.js';

const MIB = 1024 * 1024;

/** Which referrers to list. */
export interface ReferrersFilter {
  /** Only referrers of this artifact type, such as `application/spdx+json`. @default all */
  readonly artifactType?: string | undefined;
}

/** A puller or a pusher: it holds a connection that other operations can use, too. */
export interface Reusable {
  /** What it is. */
  readonly kind: 'puller' | 'pusher';
}

/** The options of every function in `remote`. A function ignores the options that it has no use for. */
export interface RemoteOptions
  extends AbortOptions, ProgressOptions, Omit<SessionOptions, 'auth' | 'signal'> {
  /**
   * A keychain, in which the credentials of each registry are looked up; credentials by host, such as
   * `{ 'registry.example': { username, password } }`; or the credentials of the one registry that the operation uses, as
   * an authenticator or as `{ username, password }`. An operation on two registries refuses the latter with a TypeError.
   *
   * @default anonymous
   */
  readonly auth?: Auth | undefined;
  /** The image to take from an index. @default linux/amd64, on every machine */
  readonly platform?: Platform | undefined;
  /** How many blobs are sent at the same time. @default 4 */
  readonly jobs?: number | undefined;
  /** How many names a list asks for at a time; 0 leaves that to the registry. @default 1000 */
  readonly pageSize?: number | undefined;
  /** A list of tags or repositories ends after this many pages, even if it has more. @default all pages */
  readonly pages?: number | undefined;
  /** Pushes also layers of a type that must not be distributed. @default false */
  readonly nondistributable?: boolean | undefined;
  /**
   * Fails if the `Docker-Content-Digest` header for a tag does not match the bytes. What is asked for by digest is
   * always checked.
   *
   * @default false
   */
  readonly verifyTagDigest?: boolean | undefined;
  /** If a registry has no API for referrers, reads the fallback tag that lists them, and maintains it. @default true */
  readonly referrersTagFallback?: boolean | undefined;
  /** Which referrers to list. @default all */
  readonly filter?: ReferrersFilter | undefined;
  /** Downloads layers that the registry does not have from the `urls` in their descriptors. @default true */
  readonly foreignUrls?: boolean | undefined;
  /**
   * Uploads blobs in chunks of this many bytes, for proxies that limit the size of requests.
   *
   * @default each blob in one request
   */
  readonly chunkSize?: number | undefined;
  /**
   * Remembers uploads, as `fileUploadState` does: an upload that a crash interrupted is resumed by a later process, as
   * far as the registry kept its data. With it, a failed upload is not cancelled at the registry.
   *
   * @default uploads are not remembered
   */
  readonly uploadState?: UploadStateStore | undefined;
  /** The most bytes of a manifest. @default 8 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** The most bytes of a config. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
  /** The most pages of a list. @default 10 000 */
  readonly maxPages?: number | undefined;
  /** The most bytes of one page of a list. @default 256 MiB */
  readonly maxPageBytes?: number | undefined;
  /** The most bytes of a list that is held in memory: of all names, or of all pages of referrers. @default 64 MiB */
  readonly maxListBytes?: number | undefined;
  /**
   * Shares the connections and tokens of a puller or pusher, and what it knows about finished uploads. Its options
   * override all others, except for `platform`, `pageSize`, `pages`, `filter` and `signal`.
   */
  readonly reuse?: Reusable | undefined;
}

/** The options of a connection, checked once and with their defaults. */
export interface Settings {
  readonly platform: Platform;
  readonly jobs: number;
  readonly pageSize: number;
  readonly nondistributable: boolean;
  readonly verifyTagDigest: boolean;
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
    jobs: integer('jobs', options.jobs, 4),
    pageSize: integer('pageSize', options.pageSize, 1000, 0),
    nondistributable: options.nondistributable ?? false,
    verifyTagDigest: options.verifyTagDigest ?? false,
    referrersTagFallback: options.referrersTagFallback ?? true,
    filter: options.filter ?? {},
    foreignUrls: options.foreignUrls ?? true,
    chunkSize: chunkSize === undefined ? undefined : integer('chunkSize', chunkSize, 0),
    uploadState: options.uploadState,
    maxManifestBytes: integer('maxManifestBytes', options.maxManifestBytes, 8 * MIB),
    maxConfigBytes: integer('maxConfigBytes', options.maxConfigBytes, 16 * MIB),
    maxPages: integer('maxPages', options.maxPages, 10_000),
    maxPageBytes: integer('maxPageBytes', options.maxPageBytes, 256 * MIB),
    maxListBytes: integer('maxListBytes', options.maxListBytes, 64 * MIB),
    onProgress: options.onProgress ?? (() => undefined),
    onWarning: options.onWarning ?? (() => undefined),
    clock: options.clock ?? systemClock,
  });
}

function integer(name: string, value: number | undefined, fallback: number, least = 1): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be an integer of at least ${least}, not ${value}`);
}
