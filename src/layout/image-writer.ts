import { DigestMismatchError } from '../errors/invalid/mismatch.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type Limiter, limiter, mapLimit } from '../internal/async/limit.js';
import { exists } from '../partial/capabilities.js';
import { ifComputed, knownDigest } from '../partial/known-digest.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { isDistributable, isImage, isIndex } from '../v1/types.js';
import type { BlobWriter } from './blobs/writer.js';
import type { WriteImageOptions } from './path.js';
import {
  type OnProgress,
  planOfIndex,
  progressReporter,
  type ProgressReporter,
  type ReportedBlob,
} from '../v1/progress.js';

export interface ImageWriterOptions extends WriteImageOptions {
  readonly writer: BlobWriter;
  /** Name of the layout in progress events. */
  readonly target: string;
}

/**
 * Writes images and indexes, and their blobs before the manifests that name them. Each operation has a writer of its own,
 * which writes every blob once.
 */
export interface ImageWriter {
  writeImage(image: Image, options?: AbortOptions): Promise<void>;
  /** Writes an index and everything below it. */
  writeIndex(index: ImageIndex, options?: AbortOptions): Promise<void>;
  /** Writes everything below an index, and not the index itself. */
  writeChildren(index: ImageIndex, options?: AbortOptions): Promise<void>;
  /** Digests of all blobs that were written or existed already. */
  readonly written: ReadonlySet<Hash>;
}

export function imageWriter(options: ImageWriterOptions): ImageWriter {
  return new LayoutImageWriter(options);
}

class LayoutImageWriter implements ImageWriter {
  readonly written = new Set<Hash>();
  readonly #writer: BlobWriter;
  readonly #onProgress: OnProgress | undefined;
  readonly #progress: ProgressReporter;
  readonly #jobs: number;
  readonly #maxDepth: number;
  readonly #limit: Limiter;
  /** Writes that run or are done: the images of an index share layers, and are written at the same time. */
  readonly #writes = new Map<Hash | Layer, Promise<void>>();

  constructor(options: ImageWriterOptions) {
    const { writer, target, onProgress, jobs = 4, maxDepth = MAX_INDEX_DEPTH } = options;
    this.#writer = writer;
    this.#onProgress = onProgress;
    this.#progress = progressReporter('layout', target, onProgress);
    this.#jobs = jobs;
    this.#maxDepth = maxDepth;
    this.#limit = limiter(jobs);
  }

  async writeImage(image: Image, options: AbortOptions = {}): Promise<void> {
    const layers = await Promise.all(
      (await image.layers(options)).map(async (layer) => ({
        layer,
        key: (await knownDigest(layer, options)) ?? layer,
      })),
    );
    await this.#reportPlan(image, layers, options);
    await mapLimit(
      layers,
      this.#jobs,
      async ({ layer, key }, options) => this.#once(key, async () => this.#writeLimited(layer, options)),
      options,
    );
    await this.#writeConfig(image, options);
    await this.#writeManifest(image, options);
  }

  async #reportPlan(
    image: Image,
    layers: readonly { readonly layer: Layer; readonly key: Hash | Layer }[],
    options: AbortOptions,
  ): Promise<void> {
    // Nobody sees the plan, and it takes time if an image is computed.
    if (this.#onProgress === undefined) return;
    const blobs = new Map<unknown, ReportedBlob>();
    for (const { layer, key } of layers) {
      const known = typeof key === 'string';
      blobs.set(key, known ? { digest: key, size: await layer.size(options) } : {});
    }
    const manifest = await ifComputed(image.manifest(options));
    const config = manifest?.config;
    if (config !== undefined) blobs.set(config.digest, { digest: config.digest, size: config.size });
    const digest = manifest === undefined ? undefined : await image.digest(options);
    this.#progress.plan({ digest, blobs: [...blobs.values()] });
  }

  async writeIndex(index: ImageIndex, options: AbortOptions = {}): Promise<void> {
    await this.#writeBelow(index, 1, options);
    await this.#writeManifest(index, options);
  }

  async writeChildren(index: ImageIndex, options: AbortOptions = {}): Promise<void> {
    await this.#writeBelow(index, 1, options);
  }

  async #writeBelow(index: ImageIndex, depth: number, options: AbortOptions): Promise<void> {
    if (depth > this.#maxDepth)
      throw new LimitExceededError('nesting of indexes', this.#maxDepth, 'maxDepth');
    const { manifests } = await index.indexManifest(options);
    const children = new Map(manifests.map((child) => [child.digest, child]));
    this.#progress.plan(planOfIndex(await index.digest(options), [...children.values()]));
    await mapLimit(
      children.values(),
      this.#jobs,
      async (child, options) =>
        this.#once(child.digest, async () => this.#writeChild(index, child, depth, options)),
      options,
    );
  }

  async #writeChild(
    index: ImageIndex,
    { digest, mediaType }: Descriptor,
    depth: number,
    options: AbortOptions,
  ): Promise<void> {
    if (isImage(mediaType)) {
      const image = await index.image(digest, options);
      await checkDigest(image, digest, options);
      await this.writeImage(image, options);
    } else if (isIndex(mediaType)) {
      const nested = await index.imageIndex(digest, options);
      await checkDigest(nested, digest, options);
      await this.#writeBelow(nested, depth + 1, options);
      await this.#writeManifest(nested, options);
    } else if (index.layer !== undefined) {
      await this.#writeLimited(await index.layer(digest, options), options);
    } else {
      throw new UnsupportedError(`write ${digest} of type ${mediaType}: the index cannot open it`);
    }
  }

  async #writeLimited(layer: Layer, options: AbortOptions): Promise<void> {
    await this.#limit(async () => this.#writeLayer(layer, options), options);
  }

  async #writeLayer(layer: Layer, options: AbortOptions): Promise<void> {
    if (!isDistributable(await layer.mediaType(options)) && !(await exists(layer, options))) {
      const [digest, size] = [await layer.digest(options), await layer.size(options)];
      this.#progress.blob('skipped', { digest, size }, 0);
      return;
    }
    this.written.add(await this.#writer.writeLayer(layer, { ...options, onProgress: this.#onProgress }));
  }

  async #writeConfig(image: Image, options: AbortOptions): Promise<void> {
    const digest = await image.configName(options);
    const bytes = await image.rawConfigFile(options);
    const state = await this.#writer.writeBytes(digest, bytes, options);
    this.#progress.blob(state, { digest, size: bytes.byteLength }, bytes.byteLength);
    this.written.add(digest);
  }

  async #writeManifest(content: Image | ImageIndex, options: AbortOptions): Promise<void> {
    const digest = await content.digest(options);
    const bytes = await content.rawManifest(options);
    const state = await this.#writer.writeBytes(digest, bytes, options);
    this.#progress.manifest(state, { digest, size: bytes.byteLength });
    this.written.add(digest);
  }

  /** Writes the same blob or manifest once, however many images list it. */
  async #once(key: Hash | Layer, write: () => Promise<void>): Promise<void> {
    const running = this.#writes.get(key) ?? write();
    this.#writes.set(key, running);
    await running;
  }
}

async function checkDigest(content: Image | ImageIndex, digest: Hash, options: AbortOptions): Promise<void> {
  const actual = await content.digest(options);
  if (actual !== digest) throw new DigestMismatchError('child of the index', digest, actual);
}
