import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { decompressed } from '../../internal/compress/compression.js';
import { discard } from '../../internal/streams/consume.js';
import { inheritDisposable } from '../../internal/streams/disposable.js';
import { generated } from '../../internal/streams/generated.js';
import { markVerified, verifiedAs } from '../../internal/streams/verified-mark.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import { abilities } from '../../partial/layers/abilities.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import {
  type OnProgress,
  progressReporter,
  type ProgressReporter,
  type ReportedBlob,
} from '../../v1/progress.js';

/** The bytes between two events. */
const STEP = 512 * 1024;

/**
 * A view that reports what is read of the layers of an image, or of the images of an index. Verbs that need the content and
 * store none of it use this view: for their caller, a download takes as long as a pull. The plan of an image is reported
 * when its first layer is opened. Without `onProgress` the content itself is returned.
 */
export function reportReads<T extends Image | ImageIndex>(
  content: T,
  subject: string,
  onProgress: OnProgress | undefined,
): T;
export function reportReads(
  content: Image | ImageIndex,
  subject: string,
  onProgress: OnProgress | undefined,
): Image | ImageIndex {
  if (onProgress === undefined) return content;
  const reporter = progressReporter('reader', subject, onProgress);
  return isImageIndex(content) ? reportedIndex(content, reporter) : reportedImage(content, reporter);
}

function reportedIndex(base: ImageIndex, reporter: ProgressReporter): ImageIndex {
  const openLayer = base.layer?.bind(base);
  return indexFromCore({
    ...(base.descriptor && { descriptor: base.descriptor.bind(base) }),
    mediaType: async (options) => base.mediaType(options),
    digest: async (options) => base.digest(options),
    rawManifest: async (options) => base.rawManifest(options),
    image: async ({ digest }, options) => reportedImage(await base.image(digest, options), reporter),
    imageIndex: async ({ digest }, options) =>
      reportedIndex(await base.imageIndex(digest, options), reporter),
    ...(openLayer && { layer: async ({ digest }, options) => openLayer(digest, options) }),
  });
}

function reportedImage(base: Image, reporter: ProgressReporter): Image {
  const plan = lazy(async (options) => {
    const blobs = new Map<string | undefined, ReportedBlob>();
    for (const layer of await base.layers(options)) {
      const blob = await storedBlob(layer, options);
      if (blob.size !== undefined) blobs.set(blob.digest, blob);
    }
    reporter.plan({ blobs: [...blobs.values()] });
  });
  const known = new WeakMap<Layer, Layer>();
  const reported = (layer: Layer): Layer => {
    const found = known.get(layer) ?? reportedLayer(layer, reporter, plan);
    known.set(layer, found);
    return found;
  };
  return Object.freeze<Image>({
    ...(base.descriptor && { descriptor: base.descriptor.bind(base) }),
    ...(base.configLayer && { configLayer: base.configLayer.bind(base) }),
    mediaType: async (options) => base.mediaType(options),
    digest: async (options) => base.digest(options),
    size: async (options) => base.size(options),
    rawManifest: async (options) => base.rawManifest(options),
    manifest: async (options) => base.manifest(options),
    rawConfigFile: async (options) => base.rawConfigFile(options),
    configFile: async (options) => base.configFile(options),
    configName: async (options) => base.configName(options),
    layers: async (options) => (await base.layers(options)).map(reported),
    layerByDigest: async (digest, options) => reported(await base.layerByDigest(digest, options)),
    layerByDiffId: async (diffId, options) => reported(await base.layerByDiffId(diffId, options)),
  });
}

/**
 * The bytes that the source reads: the compressed blob, or the plain tar of an archive that `docker save` wrote. The size of
 * a tar may be unknown.
 */
async function storedBlob(layer: Layer, options?: AbortOptions): Promise<ReportedBlob> {
  if (layer.descriptor !== undefined) return layer.descriptor(options);
  return { digest: await layer.diffId(options), size: await layer.uncompressedSize?.(options) };
}

function reportedLayer(
  layer: Layer,
  reporter: ProgressReporter,
  plan: (options?: AbortOptions) => Promise<void>,
): Layer {
  const count = async (stream: Promise<Readable>, options?: AbortOptions): Promise<Readable> => {
    const opened = await stream;
    try {
      await plan(options);
      return counted(opened, await storedBlob(layer, options), reporter);
    } catch (error) {
      discard(opened);
      throw error;
    }
  };
  const isStored = layer.descriptor !== undefined;
  return Object.freeze<Layer>({
    ...abilities(layer),
    digest: async (options) => layer.digest(options),
    diffId: async (options) => layer.diffId(options),
    size: async (options) => layer.size(options),
    mediaType: async (options) => layer.mediaType(options),
    compressed: async (options) =>
      isStored ? count(layer.compressed(options), options) : layer.compressed(options),
    uncompressed: async (options) =>
      isStored
        ? decompressed(await count(layer.compressed(options), options), { ...options })
        : count(layer.uncompressed(options), options),
  });
}

/** Passes the chunks of a stream on, and reports how many bytes have passed. */
function counted(source: Readable, blob: ReportedBlob, reporter: ProgressReporter): Readable {
  const stream = inheritDisposable(
    source,
    generated(source, async function* () {
      let position = 0;
      let next = STEP;
      let ended = false;
      reporter.blob('started', blob, 0);
      try {
        // Layers yield bytes, never objects.
        for await (const chunk of source as AsyncIterable<Uint8Array>) {
          position += chunk.byteLength;
          yield chunk;
          if (position < next) continue;
          next = position + STEP;
          reporter.blob('progress', blob, position);
        }
        ended = true;
      } finally {
        // Also if the reader has enough and destroys the stream: the blob was not read to its end.
        if (!ended) reporter.blob('failed', blob, position);
      }
      reporter.blob('done', { ...blob, size: position }, position);
    }),
  );
  const digest = verifiedAs(source);
  return digest === undefined ? stream : markVerified(stream, digest);
}
