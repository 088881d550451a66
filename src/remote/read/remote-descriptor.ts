import type { AbortOptions } from '../../internal/async/abort.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import type { RepositoryReader } from '../connection/connection.js';
import { anyManifest, fetchManifest } from './manifest.js';
import { descriptorOf } from './manifest-descriptor.js';
import { imageOf, indexOf, requireIndex } from './image.js';

/** A manifest as the registry serves it: its descriptor, its bytes, and ways to read the image or index. */
export interface RemoteDescriptor extends Descriptor {
  /** The exact bytes of the manifest. They are shared: do not write to them. */
  readonly manifest: Uint8Array;
  /** The exact bytes of the manifest. Sends no request. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /**
   * The image. Sends no request if this is an image. If it is an index, fetches the manifest of the image for the platform.
   *
   * @throws NotFoundError if the index has no image for the platform.
   * @throws UnsupportedError for Docker's schema 1.
   */
  image(options?: RemoteDescriptorOptions): Promise<Image>;
  /**
   * The index. Sends no request.
   *
   * @throws UnsupportedError for an image.
   */
  imageIndex(options?: RemoteDescriptorOptions): Promise<ImageIndex>;
}

export interface RemoteDescriptorOptions extends AbortOptions {
  /** The image to take from an index. @default the platform with which the manifest was fetched */
  readonly platform?: Platform | undefined;
}

/** Fetches a manifest, which stays bound to its digest. */
export async function remoteDescriptor(
  reader: RepositoryReader,
  identifier: string,
  { signal }: AbortOptions,
): Promise<RemoteDescriptor> {
  const { settings } = reader;
  const manifest = await fetchManifest(reader, identifier, { accept: anyManifest, signal });
  const descriptor = descriptorOf(manifest);
  const fetched = { ...manifest, descriptor };
  return Object.freeze<RemoteDescriptor>({
    ...descriptor,
    manifest: manifest.bytes,
    rawManifest: async () => manifest.bytes,
    image: async ({ platform = settings.platform, signal } = {}) =>
      imageOf(reader, fetched, platform, { signal }),
    imageIndex: async ({ platform = settings.platform } = {}) => {
      requireIndex(reader, fetched);
      return indexOf(reader, fetched, platform);
    },
  });
}
