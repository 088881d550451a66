import type { Readable } from 'node:stream';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { SizeMismatchError } from '../errors/invalid/mismatch.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { fromOffset } from '../internal/streams/from-offset.js';
import { generated } from '../internal/streams/generated.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { CompressedFromOptions, Layer, MountSource } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { isImage, ociConfigJson } from '../v1/types.js';
import { bytesLayer } from './layers/bytes-layer.js';
import type { WithRawConfigFile } from './config-values.js';
import { manifest, type WithManifest, type WithRawManifest } from './manifest-values.js';

/** An image, an index or a layer: everything for which a descriptor can be made. */
export interface Describable {
  /** Digest of the manifest, or of the layer as stored. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** Bytes of the manifest, or of the layer as stored. */
  size(options?: AbortOptions): Promise<number>;
  /** Media type of the manifest or layer. */
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** The descriptor under which the source lists the content, with platform and annotations. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}

/**
 * The descriptor under which the source lists the content, with URLs, platform and annotations. If the source lists
 * none, it is made from digest, size and media type; the descriptor of an image then has its artifact type.
 */
export async function descriptor(
  thing: Describable & Partial<WithRawManifest>,
  options?: AbortOptions,
): Promise<Descriptor> {
  if (thing.descriptor !== undefined) return thing.descriptor(options);
  const mediaType = await thing.mediaType(options);
  const described = { mediaType, size: await thing.size(options), digest: await thing.digest(options) };
  if (!isImage(mediaType) || thing.rawManifest === undefined) return Object.freeze(described);
  const bytes = await thing.rawManifest(options);
  const type = await artifactType({
    manifest: () => manifest({ rawManifest: async () => bytes }),
  });
  return Object.freeze(type === '' ? described : { ...described, artifactType: type });
}

/**
 * The kind of artifact that a manifest describes: its `artifactType`, or the media type of its config if it has none.
 * The result is empty for a manifest that cannot be parsed.
 */
export async function artifactType(image: WithManifest, options?: AbortOptions): Promise<string> {
  try {
    const { artifactType: declared, config } = await image.manifest(options);
    return declared !== undefined && declared !== '' ? declared : config.mediaType;
  } catch (error) {
    if (error instanceof ManifestInvalidError) return '';
    throw error;
  }
}

/** Whether a layer can be read. If its source has no `exists`, the first bytes of the layer are read. */
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

/** Bytes of a layer's tar. If the source does not know them, the whole layer is read and decompressed. */
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
 * Opens the stored bytes of a layer from `offset` on. The bytes are not checked against the digest. A source that
 * cannot begin at an offset is read from its start. The caller owns the stream.
 */
export async function compressedFrom(
  layer: Layer,
  offset: number,
  options?: CompressedFromOptions,
): Promise<Readable> {
  if (layer.compressedFrom !== undefined) return layer.compressedFrom(offset, options);
  return fromOffset(await layer.compressed(options), offset);
}

/**
 * Opens a part of the stored bytes of a layer. The stream yields exactly `length` bytes, which are not checked against the
 * digest. A registry is asked for this range only; a source without ranges is read from its start. The caller owns the
 * stream.
 *
 * @throws SizeMismatchError through the stream, if the layer ends earlier.
 */
export async function compressedRange(
  layer: Layer,
  offset: number,
  length: number,
  options?: AbortOptions,
): Promise<Readable> {
  const source = await compressedFrom(layer, offset, { ...options, length });
  return generated(source, async function* () {
    let left = length;
    // Layers yield bytes, never objects.
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      const wanted = chunk.subarray(0, left);
      left -= wanted.byteLength;
      if (wanted.byteLength > 0) yield wanted;
      if (left === 0) return;
    }
    if (left > 0) throw new SizeMismatchError('a part of a layer', length, length - left);
  });
}

/** The repository from which a registry can mount a blob; undefined if the blob does not come from a registry. */
export function mountFrom(layer: Layer): MountSource | undefined {
  return layer.mountFrom?.();
}

/**
 * The config as a blob, for sinks that write it like a layer. Its media type comes from the manifest, which is read
 * only when the media type is.
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
