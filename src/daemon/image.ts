import { assertOptions } from '../internal/arguments.js';
import { assertImageName } from './image-name.js';
import { DigestMismatchError } from '../errors/invalid/mismatch.js';
import { type AbortOptions, firstSignal } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { Reference } from '../name/reference.js';
import type { Archive, OpenOptions } from '../tarball/read/archive.js';
import { open } from '../tarball/open.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { connect } from './engine/connect.js';
import type { Engine } from './engine/engine.js';
import { exportImage } from './export-image.js';
import { inspect, type InspectedImage } from './inspect.js';
import type { DaemonOptions } from './engine/options.js';

/** Which daemon, and how its image is read. */
export interface ImageOptions
  extends
    DaemonOptions,
    LayerCompressionOptions,
    Pick<OpenOptions, 'originalManifest' | 'maxManifestBytes' | 'maxConfigBytes' | 'maxEntries'> {
  /** The platform to choose if the image has several. @default the one that the daemon runs */
  readonly platform?: Platform | undefined;
}

/** An image in a daemon. */
export interface DaemonImage extends Image {
  /** The daemon's ID of the image: the digest of the config, or in containerd's store the digest of the manifest or index. */
  readonly id: Hash;
  /** The tags of the image in the daemon's own spelling, when the image was looked up. */
  readonly tags: readonly string[];
  /**
   * Frees the exported copy, if one was made. The image cannot be read after that. Without a call the copy is freed
   * when the image is garbage-collected. Idempotent.
   */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Looks up an image in a daemon, by reference or by its ID. The reference is resolved once: if its tag moves later, the
 * image stays the same.
 *
 * The first method that needs more than the ID makes the daemon export the image, once, into an unlinked file in the
 * system's directory for temporary files (up to 4 MiB stay in memory). Docker's own store keeps layers as plain tars.
 * Then a manifest is made for the image, and its digest costs the compression of the layers. See `originalManifest` of
 * `tarball.open` for stores that keep the manifest.
 *
 * @throws NotFoundError if the daemon does not have the image.
 * @throws TransportError if the daemon cannot be reached.
 */
export async function image(reference: Reference | Hash, options: ImageOptions = {}): Promise<DaemonImage> {
  assertImageName(reference);
  assertOptions(options);
  const engine = await connect(options);
  return newDaemonImage(engine, await inspect(engine, reference, { signal: options.signal }), options);
}

function newDaemonImage(engine: Engine, inspected: InspectedImage, options: ImageOptions): DaemonImage {
  const { id, tags, idIsConfig } = inspected;
  const closing = new AbortController();
  let archive: Archive | undefined;
  const opened = lazy(async ({ signal }) => {
    const exported = await openExported(engine, inspected, {
      ...options,
      signal: firstSignal(signal, closing.signal),
    });
    if (closing.signal.aborted) await exported.archive.close();
    closing.signal.throwIfAborted();
    archive = exported.archive;
    return exported.image;
  });
  const exportedImage = async (options: AbortOptions = {}): Promise<Image> => {
    closing.signal.throwIfAborted();
    return opened(options);
  };
  const close = async (): Promise<void> => {
    closing.abort(new Error(`image ${id} was closed`));
    await archive?.close();
  };
  return Object.freeze<DaemonImage>({
    id,
    tags,
    configName: async (options) => (idIsConfig ? id : (await exportedImage(options)).configName(options)),
    configFile: async (options) => (await exportedImage(options)).configFile(options),
    rawConfigFile: async (options) => (await exportedImage(options)).rawConfigFile(options),
    mediaType: async (options) => (await exportedImage(options)).mediaType(options),
    manifest: async (options) => (await exportedImage(options)).manifest(options),
    rawManifest: async (options) => (await exportedImage(options)).rawManifest(options),
    digest: async (options) => (await exportedImage(options)).digest(options),
    size: async (options) => (await exportedImage(options)).size(options),
    layers: async (options) => (await exportedImage(options)).layers(options),
    layerByDigest: async (digest, options) => (await exportedImage(options)).layerByDigest(digest, options),
    layerByDiffId: async (diffId, options) => (await exportedImage(options)).layerByDiffId(diffId, options),
    close,
    [Symbol.asyncDispose]: close,
  });
}

interface Exported {
  readonly archive: Archive;
  readonly image: Image;
}

async function openExported(
  engine: Engine,
  inspected: InspectedImage,
  options: ImageOptions,
): Promise<Exported> {
  const { platform, signal } = options;
  const { originalManifest = 'compressed', compression, compressionLevel } = options;
  const { maxManifestBytes, maxConfigBytes, maxEntries } = options;
  const archive = await open(async () => exportImage(engine, inspected.id, { platform, signal }), {
    ...{ originalManifest, compression, compressionLevel, maxManifestBytes, maxConfigBytes, maxEntries },
    signal,
  });
  try {
    // If the archive has several platforms, the default is the one that the daemon reports.
    const shown = archive.images.length > 1 ? inspected.platform : undefined;
    const opened = await archive.image({ platform: platform ?? shown }, { signal });
    await checkId(inspected.id, archive, opened, { signal });
    return { archive, image: opened };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/**
 * Checks that the exported image is the one that was looked up. An archive with an index is not checked: the ID may be that
 * of the index, or of an index from which the exported one was made.
 */
async function checkId(id: Hash, archive: Archive, opened: Image, options: AbortOptions): Promise<void> {
  if (archive.index !== undefined) return;
  const actual = await opened.configName(options);
  if (actual !== id) throw new DigestMismatchError(`image ${id}: the exported config`, id, actual);
}
