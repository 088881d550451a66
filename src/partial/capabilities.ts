import type { Readable } from 'node:stream';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { generated } from '../internal/streams/generated.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Layer, MountSource } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { isImage, ociConfigJson } from '../v1/types.js';
import { bytesLayer } from './layers/bytes-layer.js';
import type { WithRawConfigFile } from './config-values.js';
import { manifest, type WithManifest, type WithRawManifest } from './manifest-values.js';

/** Something that a descriptor can be made for: an image, an index, a layer. */
export interface Describable {
  digest(options?: AbortOptions): Promise<Hash>;
  size(options?: AbortOptions): Promise<number>;
  mediaType(options?: AbortOptions): Promise<MediaType>;
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}

/**
 * The descriptor under which a source lists the thing, with URLs, platform and annotations, or else
 * one made from digest, size and media type; an image's then carries its artifact type.
 */
export async function descriptor(
  thing: Describable & Partial<WithRawManifest>,
  options?: AbortOptions,
): Promise<Descriptor> {
  if (thing.descriptor !== undefined) return thing.descriptor(options);
  const mediaType = await thing.mediaType(options);
  const bare = { mediaType, size: await thing.size(options), digest: await thing.digest(options) };
  if (!isImage(mediaType) || thing.rawManifest === undefined) return Object.freeze(bare);
  const bytes = await thing.rawManifest(options);
  const type = await artifactType({
    manifest: () => manifest({ rawManifest: async () => bytes }),
  });
  return Object.freeze(type === '' ? bare : { ...bare, artifactType: type });
}

/**
 * What kind of artifact a manifest holds: its own `artifactType`, or else its config's media type.
 * Empty for a manifest that does not parse.
 */
export async function artifactType(image: WithManifest, options?: AbortOptions): Promise<string> {
  try {
    const { artifactType: own, config } = await image.manifest(options);
    return own !== undefined && own !== '' ? own : config.mediaType;
  } catch (error) {
    if (error instanceof ManifestInvalidError) return '';
    throw error;
  }
}

/** Whether a layer can be read. A source that does not know is asked for the first bytes. */
export async function exists(layer: Layer, options?: AbortOptions): Promise<boolean> {
  if (layer.exists !== undefined) return layer.exists(options);
  try {
    for await (const _first of await layer.compressed(options)) break;
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/** Bytes of a layer's tar. A source that does not know reads, and if need be decompresses, the layer. */
export async function uncompressedSize(layer: Layer, options?: AbortOptions): Promise<number> {
  if (layer.uncompressedSize !== undefined) return layer.uncompressedSize(options);
  let bytes = 0;
  // Layers yield bytes, never objects.
  for await (const chunk of (await layer.uncompressed(options)) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
  }
  return bytes;
}

/**
 * Opens the stored bytes of a layer from `offset` on, unchecked. A source that cannot begin there is read from its
 * start. The caller owns the stream.
 */
export async function compressedFrom(
  layer: Layer,
  offset: number,
  options?: AbortOptions,
): Promise<Readable> {
  if (layer.compressedFrom !== undefined) return layer.compressedFrom(offset, options);
  const whole = await layer.compressed(options);
  return generated(whole, async function* () {
    let left = offset;
    // Layers yield bytes, never objects.
    for await (const chunk of whole as AsyncIterable<Uint8Array>) {
      if (left < chunk.byteLength) yield chunk.subarray(left);
      left = Math.max(left - chunk.byteLength, 0);
    }
  });
}

/** Where a registry could mount a blob from; undefined if its source is no registry. */
export function mountFrom(layer: Layer): MountSource | undefined {
  return layer.mountFrom?.();
}

/**
 * The config as a blob, for sinks that write it like a layer. Its media type is the one that the
 * manifest gives it, asked for only when the blob's is.
 */
export async function configLayer(
  image: WithRawConfigFile & Partial<WithManifest> & Pick<Image, 'configLayer'>,
  options?: AbortOptions,
): Promise<Layer> {
  if (image.configLayer !== undefined) return image.configLayer(options);
  const mediaType = async (options?: AbortOptions): Promise<MediaType> =>
    image.manifest === undefined ? ociConfigJson : (await image.manifest(options)).config.mediaType;
  return bytesLayer(await image.rawConfigFile(options), mediaType);
}
