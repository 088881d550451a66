import type { Readable } from 'node:stream';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { isImage, isIndex } from '../v1/types.js';
import { compressedToImage } from '../partial/compressed-image.js';
import { compressedToLayer } from '../partial/layers/compressed-layer.js';
import type { CompressedLayer } from '../partial/layers/cores.js';
import { embeddedData } from '../partial/embedded-data.js';
import { indexFromCore } from '../partial/index-from-core.js';
import { withMediaTypes } from '../partial/listed-media-types.js';
import { manifest } from '../partial/manifest-values.js';

/** Content that is addressed by its digest: the blobs of a layout, in a directory or in an archive. */
export interface BlobSource {
  /**
   * Opens a blob. The source checks the bytes against digest and size before the stream ends. The caller owns the
   * stream.
   */
  open(descriptor: Descriptor, options?: AbortOptions): Promise<Readable>;
  /** Opens a blob from `offset` on. The bytes are not checked. */
  openFrom(descriptor: Descriptor, offset: number, options?: AbortOptions): Promise<Readable>;
  /** Reads all of a manifest or config, checked, within the source's cap. */
  bytes(descriptor: Descriptor, kind: 'manifest' | 'config', options?: AbortOptions): Promise<Uint8Array>;
  /** Whether the blob exists; the source does not read it. */
  exists(descriptor: Descriptor, options?: AbortOptions): Promise<boolean>;
  /** Cap on a config's size in bytes, if it is not the default. */
  readonly maxConfigBytes?: number | undefined;
}

/** The image whose manifest has this descriptor. */
export function imageFromBlobs(descriptor: Descriptor, blobs: BlobSource): Image {
  const rawManifest = lazy(async (options) => manifestBytes(descriptor, blobs, options));
  return compressedToImage(
    {
      mediaType: async () => descriptor.mediaType,
      digest: async () => descriptor.digest,
      descriptor: async () => descriptor,
      rawManifest,
      rawConfigFile: async (options) =>
        blobs.bytes((await manifest({ rawManifest }, options)).config, 'config', options),
      layerByDigest: async (_digest, listed) => blobCore(listed, blobs),
    },
    { maxConfigBytes: blobs.maxConfigBytes },
  );
}

/** The index whose manifest has this descriptor. */
export function indexFromBlobs(descriptor: Descriptor, blobs: BlobSource): ImageIndex {
  return indexFromCore({
    ...indexChildren(blobs),
    mediaType: async () => descriptor.mediaType,
    digest: async () => descriptor.digest,
    descriptor: async () => descriptor,
    rawManifest: async (options) => manifestBytes(descriptor, blobs, options),
  });
}

/** An index that is stored beside its blobs, as `index.json` is, and so has no descriptor of its own. */
export function rootIndexFromBlobs(
  core: Pick<ImageIndex, 'mediaType' | 'rawManifest'>,
  blobs: BlobSource,
): ImageIndex {
  return indexFromCore({
    ...indexChildren(blobs),
    mediaType: async (options) => core.mediaType(options),
    rawManifest: lazy(async (options) =>
      withMediaTypes(
        await core.rawManifest(options),
        async (entry, options) => blobs.bytes(entry, 'manifest', options),
        options,
      ),
    ),
  });
}

/** A blob as a layer. */
export function layerFromBlobs(descriptor: Descriptor, blobs: BlobSource): Layer {
  return compressedToLayer(blobCore(descriptor, blobs));
}

function blobCore(descriptor: Descriptor, blobs: BlobSource): CompressedLayer {
  return {
    digest: async () => descriptor.digest,
    size: async () => descriptor.size,
    mediaType: async () => descriptor.mediaType,
    descriptor: async () => descriptor,
    compressed: async (options) => blobs.open(descriptor, options),
    exists: async (options) => blobs.exists(descriptor, options),
    compressedFrom: async (offset, options) => blobs.openFrom(descriptor, offset, options),
  };
}

const indexChildren = (blobs: BlobSource) => ({
  image: async (child: Descriptor): Promise<Image> => {
    if (isIndex(child.mediaType)) throw new NotFoundError(`image ${child.digest}: it is an index`);
    return imageFromBlobs(child, blobs);
  },
  imageIndex: async (child: Descriptor): Promise<ImageIndex> => {
    if (isImage(child.mediaType)) throw new NotFoundError(`index ${child.digest}: it is an image`);
    return indexFromBlobs(child, blobs);
  },
  layer: async (child: Descriptor): Promise<Layer> => layerFromBlobs(child, blobs),
});

async function manifestBytes(
  descriptor: Descriptor,
  blobs: BlobSource,
  options: AbortOptions | undefined,
): Promise<Uint8Array> {
  return embeddedData(descriptor) ?? blobs.bytes(descriptor, 'manifest', options);
}
