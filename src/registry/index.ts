/**
 * An OCI registry to embed: a listener for `node:http` that passes the conformance suite of the
 * distribution specification. It is for tests, tools and caches on one machine, not a service
 * with users, replication or garbage collection by schedule.
 *
 * ```ts
 * import { registry } from 'containerregistry';
 *
 * const server = await registry.serve();
 * console.log(`push to ${server.host}/app:latest`);
 * await server.close();
 * ```
 *
 * @packageDocumentation
 */
export { newRegistry as new, type RegistryListener } from './registry.js';
export { serve, type RegistryServer, type ServeOptions } from './serve.js';
export type { LogEntry, RegistryOptions } from './options.js';
export type {
  Access,
  AuthDecision,
  AuthHook,
  AuthRequest,
  BasicAuthOptions,
  RegistryAuth,
  TokenAuthOptions,
} from './auth.js';
export type { BlobHandler, BlobUpload, ByteRange } from './blob-handler.js';
export { newInMemoryBlobHandler } from './memory-blobs.js';
export type { ManifestRecord, ManifestStore } from './manifest-store.js';
export { newInMemoryManifestStore } from './memory-manifests.js';
export { type DiskOptions, newDiskBlobHandler } from './disk-blobs.js';
export { newDiskManifestStore } from './disk-manifests.js';
export { type DiskStore, newDiskStore } from './disk-store.js';
export { tls, type TlsRegistryServer } from './tls.js';
