import type { AbortOptions } from '../internal/async/abort.js';
import type { ConfigFile } from './config-file.js';
import type { Descriptor } from './descriptor.js';
import type { Hash } from './hash.js';
import type { Layer } from './layer.js';
import type { Manifest } from './manifest.js';
import type { MediaType } from './media-type.js';

/**
 * An image: a manifest, the config it names, and its layers.
 *
 * An Image does not change. It reads nothing before a method is called. It keeps the documents that it read, but not
 * the content of layers. Byte arrays are shared: do not write to them.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/image.go
 */
export interface Image {
  /** The layers in the order of the manifest: the base first, the newest last. */
  layers(options?: AbortOptions): Promise<readonly Layer[]>;
  /** Media type of the manifest. */
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** Size of the manifest in bytes, without config and layers. */
  size(options?: AbortOptions): Promise<number>;
  /** Digest of the config, which Docker calls the image ID. */
  configName(options?: AbortOptions): Promise<Hash>;
  /** The parsed config, deeply frozen. */
  configFile(options?: AbortOptions): Promise<ConfigFile>;
  /** The config's exact bytes. */
  rawConfigFile(options?: AbortOptions): Promise<Uint8Array>;
  /** Digest of the manifest. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** The parsed manifest, deeply frozen. */
  manifest(options?: AbortOptions): Promise<Manifest>;
  /** The manifest's exact bytes. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /**
   * Finds a layer by the digest of its stored form. The config's digest returns the config as a layer.
   *
   * @throws NotFoundError if the image has no such layer.
   */
  layerByDigest(digest: Hash, options?: AbortOptions): Promise<Layer>;
  /**
   * Finds a layer by the digest of its uncompressed tar.
   *
   * @throws NotFoundError if the image has no such layer.
   */
  layerByDiffId(diffId: Hash, options?: AbortOptions): Promise<Layer>;

  /** The descriptor under which the image's source lists it, with platform and annotations. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
  /** The config as a blob; sources whose config has abilities such as mounting have this method. */
  configLayer?(options?: AbortOptions): Promise<Layer>;
}
