import { DigestMismatchError } from '../errors/invalid/mismatch.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { limiter, mapLimit } from '../internal/async/limit.js';
import { exists } from '../partial/capabilities.js';
import { knownDigest } from '../partial/known-digest.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { isDistributable, isImage, isIndex } from '../v1/types.js';
import type { BlobWriter } from './blobs/writer.js';
import type { WriteImageOptions } from './path.js';
import { progressReporter } from '../v1/progress.js';

export interface ImageWriterOptions extends WriteImageOptions {
  readonly writer: BlobWriter;
  /** The layout, as progress events name it. */
  readonly target: string;
}

/** Writes images and indexes, the blobs before the manifests that name them; one is made for each operation. */
export interface ImageWriter {
  writeImage(image: Image, options?: AbortOptions): Promise<void>;
  /** Writes an index with all below it. */
  writeIndex(index: ImageIndex, options?: AbortOptions): Promise<void>;
  /** Writes all below an index. */
  writeChildren(index: ImageIndex, options?: AbortOptions): Promise<void>;
  /** Everything that was written or found. */
  readonly written: ReadonlySet<Hash>;
}

export function imageWriter(options: ImageWriterOptions): ImageWriter {
  const { writer, target, onProgress, jobs = 4, maxDepth = MAX_INDEX_DEPTH } = options;
  const progress = progressReporter('layout', target, onProgress);
  const limit = limiter(jobs);
  const written = new Set<Hash>();
  // Images of an index share layers, and are written side by side.
  const writes = new Map<Hash | Layer, Promise<void>>();
  const once = async (key: Hash | Layer, write: () => Promise<void>): Promise<void> => {
    const running = writes.get(key) ?? write();
    writes.set(key, running);
    await running;
  };

  const writeLayer = async (layer: Layer, options: AbortOptions): Promise<void> => {
    if (!isDistributable(await layer.mediaType(options)) && !(await exists(layer, options))) {
      const [digest, size] = [await layer.digest(options), await layer.size(options)];
      progress.blob('skipped', { digest, size }, 0);
      return;
    }
    written.add(await writer.writeLayer(layer, { ...options, onProgress }));
  };
  const writeConfig = async (image: Image, options: AbortOptions): Promise<void> => {
    const digest = await image.configName(options);
    const bytes = await image.rawConfigFile(options);
    const state = await writer.writeBytes(digest, bytes, options);
    const size = bytes.byteLength;
    progress.blob(state, { digest, size }, size);
    written.add(digest);
  };
  const writeManifest = async (content: Image | ImageIndex, options: AbortOptions): Promise<void> => {
    const digest = await content.digest(options);
    const bytes = await content.rawManifest(options);
    const state = await writer.writeBytes(digest, bytes, options);
    progress.manifest(state, { digest, size: bytes.byteLength });
    written.add(digest);
  };

  const writeImage = async (image: Image, options: AbortOptions = {}): Promise<void> => {
    const layers = await Promise.all(
      (await image.layers(options)).map(async (layer) => ({
        layer,
        key: (await knownDigest(layer, options)) ?? layer,
      })),
    );
    await mapLimit(
      layers,
      jobs,
      async ({ layer, key }, options) =>
        once(key, async () => limit(async () => writeLayer(layer, options), options)),
      options,
    );
    await writeConfig(image, options);
    await writeManifest(image, options);
  };

  const writeChild = async (
    index: ImageIndex,
    child: Descriptor,
    depth: number,
    options: AbortOptions,
  ): Promise<void> => {
    const { digest, mediaType } = child;
    if (isImage(mediaType)) {
      const image = await index.image(digest, options);
      await checkDigest(image, digest, options);
      await writeImage(image, options);
    } else if (isIndex(mediaType)) {
      const nested = await index.imageIndex(digest, options);
      await checkDigest(nested, digest, options);
      await writeBelow(nested, depth + 1, options);
      await writeManifest(nested, options);
    } else if (index.layer !== undefined) {
      const layer = await index.layer(digest, options);
      await limit(async () => writeLayer(layer, options), options);
    } else {
      throw new UnsupportedError(`write ${digest} of type ${mediaType}: the index cannot open it`);
    }
  };
  const writeBelow = async (index: ImageIndex, depth: number, options: AbortOptions): Promise<void> => {
    if (depth > maxDepth) throw new LimitExceededError('nesting of indexes', maxDepth, 'maxDepth');
    const { manifests } = await index.indexManifest(options);
    const children = new Map(manifests.map((child) => [child.digest, child]));
    await mapLimit(
      children.values(),
      jobs,
      async (child, options) => once(child.digest, async () => writeChild(index, child, depth, options)),
      options,
    );
  };

  return {
    written,
    writeImage,
    writeIndex: async (index, options = {}) => {
      await writeBelow(index, 1, options);
      await writeManifest(index, options);
    },
    writeChildren: async (index, options = {}) => writeBelow(index, 1, options),
  };
}

async function checkDigest(content: Image | ImageIndex, digest: Hash, options: AbortOptions): Promise<void> {
  const actual = await content.digest(options);
  if (actual !== digest) throw new DigestMismatchError('child of the index', digest, actual);
}
