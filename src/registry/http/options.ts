import type { RegistryAuth } from './auth.js';
import type { BlobHandler } from '../store/blob-handler.js';
import { newInMemoryBlobHandler } from '../store/memory/blobs.js';
import { newInMemoryManifestStore } from '../store/memory/manifests.js';
import type { ManifestStore } from '../store/manifest-store.js';
import type { Hash } from '../../v1/hash.js';

/** A request to which the registry has responded. */
export interface LogEntry {
  /** The method of the request. */
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  /** The status of the response; 0 if the client disconnected before it began. */
  readonly status: number;
  /** The time from the request's headers to the end of the response, in milliseconds. */
  readonly durationMs: number;
  /** The reason of an error response. */
  readonly error?: Error | undefined;
}

/** What a registry stores, permits and limits. */
export interface RegistryOptions {
  /** The store for blobs. @default one in memory */
  readonly blobHandler?: BlobHandler | undefined;
  /** The store for manifests and tags. @default one in memory */
  readonly manifests?: ManifestStore | undefined;
  /** Serves lists of referrers, and reports `OCI-Subject` when a manifest with a subject is pushed. @default true */
  readonly referrers?: boolean | undefined;
  /** Permits clients to delete tags, manifests and blobs. @default true */
  readonly delete?: boolean | undefined;
  /** Refuses a manifest if its blobs or child manifests are not in the repository. @default true */
  readonly requireBlobs?: boolean | undefined;
  /** The maximum size of a manifest. @default 4 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** The maximum number of names or descriptors in one page. The `Link` header leads to the next page. @default 10000 */
  readonly maxPageSize?: number | undefined;
  /** An unused upload is discarded after this time, but not within a minute. @default one hour */
  readonly uploadTtlMs?: number | undefined;
  /**
   * The maximum number of bytes of all uploads that have been unused for a minute. If they hold more, the oldest are
   * discarded. @default 8 GiB
   */
  readonly maxIdleUploadBytes?: number | undefined;
  /**
   * The maximum number of open uploads. To open one more, the registry discards the oldest upload that has been unused for a
   * minute. If there is none, the response is 429.
   *
   * @default 10000
   */
  readonly maxUploads?: number | undefined;
  /** The maximum number of open uploads in one repository. @default 5000 */
  readonly maxUploadsPerRepository?: number | undefined;
  /**
   * The maximum number of open uploads of one client, which is an IPv4 address or the first 64 bits of an IPv6 address. Raise
   * it if the registry runs behind a proxy, because all clients share the address of the proxy. @default 5000
   */
  readonly maxUploadsPerClient?: number | undefined;
  /** How requests are authorized. @default everything is permitted */
  readonly auth?: RegistryAuth | undefined;
  /** Returns a URL from which the client downloads a blob, or undefined. It is called only for blobs that the repository has. */
  readonly redirect?:
    ((repository: string, digest: Hash) => string | undefined | Promise<string | undefined>) | undefined;
  /** A text that every response carries in a `Warning` header. It must be printable ASCII. */
  readonly warning?: string | undefined;
  /** Called once per request, after its response. */
  readonly logger?: ((entry: LogEntry) => void) | undefined;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly blobs: BlobHandler;
  readonly manifests: ManifestStore;
  readonly referrers: boolean;
  readonly delete: boolean;
  readonly requireBlobs: boolean;
  readonly maxManifestBytes: number;
  readonly maxPageSize: number;
  readonly uploadTtlMs: number;
  readonly maxIdleUploadBytes: number;
  readonly maxUploads: number;
  readonly maxUploadsPerRepository: number;
  readonly maxUploadsPerClient: number;
  readonly auth: RegistryAuth | undefined;
  readonly redirect: RegistryOptions['redirect'];
  readonly warning: string | undefined;
  readonly logger: RegistryOptions['logger'];
}

/**
 * Applies the defaults.
 *
 * @throws TypeError if a limit is below 1, or `warning` is not printable ASCII.
 */
export function resolveOptions(options: RegistryOptions): ResolvedOptions {
  const { warning } = options;
  if (warning !== undefined && !/^[\x20-\x7e]*$/.test(warning)) {
    throw new TypeError('warning must be printable ASCII: it becomes a header');
  }
  return Object.freeze({
    blobs: options.blobHandler ?? newInMemoryBlobHandler(),
    manifests: options.manifests ?? newInMemoryManifestStore(),
    referrers: options.referrers ?? true,
    delete: options.delete ?? true,
    requireBlobs: options.requireBlobs ?? true,
    maxManifestBytes: limit('maxManifestBytes', options.maxManifestBytes ?? 4 * 1024 ** 2),
    maxPageSize: limit('maxPageSize', options.maxPageSize ?? 10_000),
    uploadTtlMs: limit('uploadTtlMs', options.uploadTtlMs ?? 3_600_000),
    maxIdleUploadBytes: limit('maxIdleUploadBytes', options.maxIdleUploadBytes ?? 8 * 1024 ** 3),
    maxUploads: limit('maxUploads', options.maxUploads ?? 10_000),
    maxUploadsPerRepository: limit('maxUploadsPerRepository', options.maxUploadsPerRepository ?? 5000),
    maxUploadsPerClient: limit('maxUploadsPerClient', options.maxUploadsPerClient ?? 5000),
    auth: options.auth,
    redirect: options.redirect,
    warning,
    logger: options.logger,
  });
}

function limit(name: string, value: number): number {
  if (value >= 1) return value;
  throw new TypeError(`${name} must be at least 1, not ${value}`);
}
