/**
 * Images, indexes and blobs in a registry: reading, writing, listing, tagging and deleting. Logging in belongs to
 * `authn`, and changing images to `mutate`.
 *
 * ```ts
 * import { name, remote } from 'containerregistry';
 *
 * const image = await remote.image(name.parseReference('alpine:3.20'));
 * await remote.write(name.parseReference('localhost:5000/alpine:3.20'), image);
 * ```
 *
 * @packageDocumentation
 */
export { catalog, catalogPage, repositories } from './catalog.js';
export { checkCredentials, checkPushPermission } from './checks.js';
export { deleteManifest as delete } from './delete.js';
export { fileUploadState } from './upload/file-upload-state.js';
export { get } from './get.js';
export { head } from './head.js';
export { image } from './image.js';
export { index } from './image-index.js';
export { blob, type BlobOptions, layer } from './layer.js';
export { list, tags } from './list.js';
export { multiWrite } from './multi-write.js';
export type { ListOptions } from './list/names.js';
export type { ReferrersFilter, RemoteOptions, Reusable } from './connection/options.js';
export { choosePlatform, defaultPlatform } from './connection/platform-choice.js';
export { newPuller, type Puller, type PullOptions, type ReferrersOptions } from './puller.js';
export { push, put, write, writeIndex } from './push.js';
export { newPusher, type Pusher } from './pusher.js';
export { referrers } from './referrers.js';
export type { RemoteDescriptor, RemoteDescriptorOptions } from './read/remote-descriptor.js';
export { tag } from './tag.js';
export type { Taggable } from './push/taggable.js';
export type {
  ClaimedUpload,
  UploadKey,
  UploadLocation,
  UploadStateStore,
} from './connection/upload-state.js';
export { writeLayer } from './write-layer.js';
