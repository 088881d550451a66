/**
 * An OCI registry to embed in a program: a listener for `node:http` that passes the conformance suite of the
 * distribution specification. It is meant for tests, tools and caches on one machine. It has no user management, no
 * replication and no scheduled garbage collection.
 *
 * ```ts
 * import { registry } from 'containerregistry';
 *
 * const server = await registry.serve();
 * console.log(`push to ${server.host}/app:latest`);
 * await server.close();
 * ```
 *
 * Start reading with `registry.ts`, which dispatches requests; `routes.ts` lists the resources. `store/` keeps blobs, manifests
 * and uploads, `http/` has options, authorization and responses, `certificate/` makes self-signed certificates.
 *
 * @packageDocumentation
 */
export { newRegistry as new, type RegistryListener } from './registry.js';
export { serve, type RegistryServer, type ServeOptions } from './serve.js';
export type { LogEntry, RegistryOptions } from './http/options.js';
export type {
  Access,
  AuthDecision,
  AuthHook,
  AuthRequest,
  BasicAuthOptions,
  RegistryAuth,
  TokenAuthOptions,
} from './http/auth.js';
export type { BlobHandler, BlobUpload, ByteRange } from './store/blob-handler.js';
export { newInMemoryBlobHandler } from './store/memory/blobs.js';
export type { ManifestRecord, ManifestStore } from './store/manifest-store.js';
export { newInMemoryManifestStore } from './store/memory/manifests.js';
export { type DiskOptions, newDiskBlobHandler } from './store/disk/blobs.js';
export { newDiskManifestStore } from './store/disk/manifests.js';
export { type DiskStore, newDiskStore } from './store/disk/disk-store.js';
export { tls, type TlsRegistryServer } from './tls.js';
