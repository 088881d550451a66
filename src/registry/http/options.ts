import type { RegistryAuth } from './auth.js';
import type { BlobHandler } from '../store/blob-handler.js';
import { newInMemoryBlobHandler } from '../store/memory/blobs.js';
import { newInMemoryManifestStore } from '../store/memory/manifests.js';
import type { ManifestStore } from '../store/manifest-store.js';
import type { Hash } from '../../v1/hash.js';

/** One answered request. */
export interface LogEntry {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** 0 if the client went away before an answer. */
  readonly status: number;
  readonly durationMs: number;
  /** Why the answer is an error. */
  readonly error?: Error | undefined;
}

export interface RegistryOptions {
  /** Where blobs are kept. @default in memory */
  readonly blobHandler?: BlobHandler | undefined;
  /** Where manifests and tags are kept. @default in memory */
  readonly manifests?: ManifestStore | undefined;
  /** Serves the list of referrers, and says so when a manifest with a subject is pushed. @default true */
  readonly referrers?: boolean | undefined;
  /** Allows to delete tags, manifests and blobs. @default true */
  readonly delete?: boolean | undefined;
  /** Refuses manifests whose blobs or child manifests are not in the repository. @default true */
  readonly requireBlobs?: boolean | undefined;
  /** @default 4 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** Most names or descriptors in one page; the rest follows by `Link`. @default 10000 */
  readonly maxPageSize?: number | undefined;
  /** An upload that nobody touched for so long, a minute at least, is forgotten. @default one hour */
  readonly uploadTtlMs?: number | undefined;
  /** Bytes that uploads may hold together when nobody touched them for a minute; the oldest go first. @default 8 GiB */
  readonly maxIdleUploadBytes?: number | undefined;
  /**
   * Most uploads that may be open. One more makes room for itself by ending one that nobody touched for a minute, the
   * oldest first; without such a one it is refused with status 429.
   *
   * @default 10000
   */
  readonly maxUploads?: number | undefined;
  /** The same for one repository. @default 5000 */
  readonly maxUploadsPerRepository?: number | undefined;
  /**
   * The same for one client: an IPv4 address, or the first 64 bits of an IPv6 address. Raise it if the registry stands
   * behind a proxy, whose address all clients share. @default 5000
   */
  readonly maxUploadsPerClient?: number | undefined;
  /** Lets everyone in if absent. */
  readonly auth?: RegistryAuth | undefined;
  /** Sends the client elsewhere for a blob that the repository has, if it gives a URL. */
  readonly redirect?:
    ((repository: string, digest: Hash) => string | undefined | Promise<string | undefined>) | undefined;
  /** Text that every answer carries as a `Warning` header. */
  readonly warning?: string | undefined;
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

/** Applies the defaults. @throws TypeError if a limit is no number that can be one. */
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
