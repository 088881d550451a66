import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference } from '../name/reference.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import type { Access } from './connection/paths.js';
import { connect, type Connections } from './connection/connection.js';
import { anyManifest, fetchManifest } from './read/manifest.js';
import { descriptorOf } from './read/manifest-descriptor.js';
import type { RemoteOptions } from './connection/options.js';
import { type Fetched, imageOf, indexOf, requireIndex } from './read/image.js';

/** A manifest as the registry serves it: what it is, its bytes, and ways to read on. */
export interface RemoteDescriptor extends Descriptor {
  /** The exact bytes. They are shared: do not write to them. */
  readonly manifest: Uint8Array;
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /**
   * The image; of an index, the one for the platform, whose manifest is fetched.
   *
   * @throws {@link NotFoundError} if the index has none for the platform.
   * @throws {@link UnsupportedError} for Docker's schema 1.
   */
  image(options?: RemoteDescriptorOptions): Promise<Image>;
  /**
   * The index. Fetches nothing.
   *
   * @throws {@link UnsupportedError} for an image.
   */
  imageIndex(options?: RemoteDescriptorOptions): Promise<ImageIndex>;
}

export interface RemoteDescriptorOptions extends AbortOptions {
  /** @default the one that the manifest was got with */
  readonly platform?: Platform | undefined;
}

/**
 * Gets the manifest that a reference names, of whatever kind. One request.
 *
 * The result is bound to the digest: a tag that moves later does not change it.
 *
 * @throws {@link NotFoundError} if the registry does not have it.
 */
export async function get(reference: Reference, options: RemoteOptions = {}): Promise<RemoteDescriptor> {
  return getWith(connect(options), reference, options);
}

export async function getWith(
  connections: Connections,
  reference: Reference,
  options: AbortOptions = {},
): Promise<RemoteDescriptor> {
  const access = await connections.access(reference.context(), options);
  const manifest = await fetchManifest(access, reference.identifier(), {
    accept: anyManifest,
    signal: options.signal,
  });
  return describe(access, { ...manifest, descriptor: descriptorOf(manifest) });
}

function describe(access: Access, fetched: Fetched): RemoteDescriptor {
  const { settings } = access;
  return Object.freeze<RemoteDescriptor>({
    ...fetched.descriptor,
    manifest: fetched.bytes,
    rawManifest: async () => Promise.resolve(fetched.bytes),
    image: async ({ platform = settings.platform, signal } = {}) =>
      imageOf(access, fetched, platform, { signal }),
    imageIndex: async ({ platform = settings.platform } = {}) => {
      requireIndex(access, fetched);
      return Promise.resolve(indexOf(access, fetched, platform));
    },
  });
}
