import { DigestMismatchError } from '../errors/invalid/mismatch.js';
import type { AbortOptions } from '../internal/async/abort.js';
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

/** How an image of a daemon is read. */
export interface ImageOptions
  extends
    DaemonOptions,
    LayerCompressionOptions,
    Pick<OpenOptions, 'originalManifest' | 'maxManifestBytes' | 'maxConfigBytes' | 'maxEntries'> {
  /** Which platform of an image that has several. @default the one that the daemon runs */
  readonly platform?: Platform | undefined;
}

/** An image in a daemon. */
export interface DaemonImage extends Image {
  /** ID that the daemon has for it. */
  readonly id: Hash;
  /** The daemon's own spelling of its tags. */
  readonly tags: readonly string[];
  /**
   * Frees the copy on the disk, if one was made; the image cannot be read after that. Without it, that happens
   * when nothing refers to the image any more.
   */
  close(): Promise<void>;
}

/**
 * An image that a daemon has, by reference or by its ID. What the reference means is settled now: a tag that moves later
 * does not change the image.
 *
 * The first question that needs more than the ID makes the daemon export the image, once, into an unlinked file in the
 * system's directory for temporary files (up to 4 MiB stay in memory). Docker's own store keeps layers as plain tars, so a
 * manifest is written for the image and its digest costs compressing them; see `originalManifest` of
 * `tarball.open` for stores that keep the manifest.
 *
 * @throws {@link NotFoundError} if the daemon has no such image.
 * @throws {@link TransportError} if there is no daemon.
 */
export async function image(reference: Reference | Hash, options: ImageOptions = {}): Promise<DaemonImage> {
  const engine = await connect(options);
  return imageOf(engine, await inspect(engine, reference, { signal: options.signal }), options);
}

function imageOf(engine: Engine, found: InspectedImage, options: ImageOptions): DaemonImage {
  const { id, tags, idIsConfig } = found;
  const closing = new AbortController();
  let archive: Archive | undefined;
  const opened = lazy(async ({ signal }) => {
    const exported = await openExported(engine, found, {
      ...options,
      signal: AbortSignal.any([signal, closing.signal]),
    });
    if (closing.signal.aborted) await exported.archive.close();
    closing.signal.throwIfAborted();
    archive = exported.archive;
    return exported.image;
  });
  const whole = async (options: AbortOptions = {}): Promise<Image> => {
    closing.signal.throwIfAborted();
    return opened(options);
  };
  return Object.freeze<DaemonImage>({
    id,
    tags,
    configName: async (options) =>
      idIsConfig ? Promise.resolve(id) : (await whole(options)).configName(options),
    configFile: async (options) => (await whole(options)).configFile(options),
    rawConfigFile: async (options) => (await whole(options)).rawConfigFile(options),
    mediaType: async (options) => (await whole(options)).mediaType(options),
    manifest: async (options) => (await whole(options)).manifest(options),
    rawManifest: async (options) => (await whole(options)).rawManifest(options),
    digest: async (options) => (await whole(options)).digest(options),
    size: async (options) => (await whole(options)).size(options),
    layers: async (options) => (await whole(options)).layers(options),
    layerByDigest: async (digest, options) => (await whole(options)).layerByDigest(digest, options),
    layerByDiffId: async (diffId, options) => (await whole(options)).layerByDiffId(diffId, options),
    close: async () => {
      closing.abort(new Error(`image ${id} was closed`));
      await archive?.close();
    },
  });
}

interface Exported {
  readonly archive: Archive;
  readonly image: Image;
}

async function openExported(engine: Engine, found: InspectedImage, options: ImageOptions): Promise<Exported> {
  const { platform, signal } = options;
  const { originalManifest = 'compressed', compression, compressionLevel } = options;
  const { maxManifestBytes, maxConfigBytes, maxEntries } = options;
  const archive = await open(async () => exportImage(engine, found.id, { platform, signal }), {
    ...{ originalManifest, compression, compressionLevel, maxManifestBytes, maxConfigBytes, maxEntries },
    signal,
  });
  try {
    // With several platforms there, it is the one that this daemon shows.
    const shown = archive.images.length > 1 ? found.platform : undefined;
    const opened = await archive.image({ platform: platform ?? shown }, { signal });
    await checkId(found.id, archive, opened, { signal });
    return { archive, image: opened };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Where there is an index, the ID may be that of the index, or of what it was made from. */
async function checkId(id: Hash, archive: Archive, opened: Image, options: AbortOptions): Promise<void> {
  if (archive.index !== undefined) return;
  const actual = await opened.configName(options);
  if (actual !== id) throw new DigestMismatchError(`image ${id}: the exported config`, id, actual);
}
