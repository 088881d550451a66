import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { Cache } from '../../cache/cache.js';
import { mapLimit } from '../../internal/async/limit.js';
import { fromPath } from '../../layout/from-path.js';
import type { Path } from '../../layout/path.js';
import { newPuller } from '../../remote/puller.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { find } from '../locations/find.js';
import { type KeptLayers, keptLayers } from './cached-layers.js';
import { formatLocation, type Place } from '../locations/location.js';
import { type CraneOptions, remoteOptions } from '../locations/options.js';
import { imagesFor, wholeFor } from '../locations/platforms.js';
import { tellingPlatform } from '../locations/told-platform.js';
import { resumableLayers } from './resumable-layers.js';
import { type Named, saveNamed, saveNamedLegacy, saveNamedOci } from './save-named.js';

/**
 * What a pulled image is saved as: an archive for `docker load`, one of Docker's first kind, an OCI layout, or an
 * OCI archive, which is a layout in one file that Docker loads too.
 */
export type SaveFormat = 'tarball' | 'legacy' | 'oci' | 'oci-archive';

export interface PullToOptions extends CraneOptions {
  /** @default 'tarball' */
  readonly format?: SaveFormat | undefined;
  /** Takes the images for several platforms, or for all that there are. @default `platform` */
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
  /** Notes in a layout the reference that an image was pulled by. @default false */
  readonly annotateRef?: boolean | undefined;
  /**
   * Keeps what was downloaded when a pull fails, or is killed, in `.<digest>.partial` files beside the archive or the
   * layout's blobs; a later pull with this option goes on from there. @default false
   */
  readonly resume?: boolean | undefined;
  /** Where layers from registries are kept, and taken from if they are there. A layer that is damaged is pulled again. */
  readonly cache?: Cache | undefined;
}

const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * Pulls images straight to the disk, or an archive to a writable, which is not ended. An archive for `docker load` holds
 * one platform of each, `platform` or linux/amd64, unless `platforms` are given: then all of them, under the same tag.
 * Layouts and OCI archives hold whole indexes, or of them what is for `platforms`, or the image for `platform`. What a
 * layout has already is not downloaded again.
 *
 * @throws {@link NotFoundError} if there is nothing for one of the platforms.
 */
export async function pullTo(
  places: readonly Place[],
  target: string | Writable,
  options: PullToOptions = {},
): Promise<void> {
  const { cache, ...rest } = options;
  if (cache === undefined) {
    await pullOnce(places, target, rest, asIs);
    return;
  }
  const kept = keptLayers(cache, { maxConfigBytes: options.maxConfigBytes });
  for (;;) {
    try {
      await pullOnce(places, target, rest, kept);
      return;
    } catch (error) {
      const damaged = await kept.dropped();
      options.signal?.throwIfAborted();
      const again = options.format === 'oci' || (await isRewritable(target));
      if (!damaged || !again) throw error;
    }
  }
}

/** How what is pulled is read. */
type Reading = Pick<KeptLayers, 'image' | 'whole'>;

const asIs: Reading = { image: (content) => content, whole: (content) => content };

async function pullOnce(
  places: readonly Place[],
  target: string | Writable,
  options: PullToOptions,
  reading: Reading,
): Promise<void> {
  const { format = 'tarball', platforms } = options;
  const named = [...new Map(places.map((place) => [subjectOf(place), place])).values()];
  // One ping and one token for all.
  const { platform: _platform, signal: _signal, onProgress: _progress, ...rest } = remoteOptions(options);
  const shared: PullToOptions = { ...options, reuse: options.reuse ?? newPuller(rest) };
  if (format === 'oci') {
    if (typeof target !== 'string' || target === '-') {
      throw new UnsupportedError('a layout is a directory, which cannot be streamed', {
        hint: 'take the format `oci-archive`',
      });
    }
    await pullToLayout(places, target, shared, reading);
  } else if (format === 'oci-archive') {
    const { signal, jobs = 4 } = options;
    const contents = await mapLimit(
      named,
      jobs,
      async (place) => [place, await wholeOf(place, shared, reading)] as const,
      { signal },
    );
    await saveResumably(saveNamedOci, contents, target, shared);
  } else {
    const several = platforms !== undefined && (platforms === 'all' || platforms.length > 1);
    if (format === 'legacy' && several) {
      throw new UnsupportedError("an archive in Docker's first format holds one platform of each image", {
        hint: 'take the format `oci-archive`',
      });
    }
    const images: Named<Image>[] = [];
    for (const place of named)
      for (const image of await imagesOf(place, shared, reading)) images.push([place, image]);
    await saveResumably(format === 'legacy' ? saveNamedLegacy : saveNamed, images, target, shared);
  }
}

async function wholeOf(place: Place, options: PullToOptions, reading: Reading): Promise<Image | ImageIndex> {
  const whole = await wholeFor(await find(place, options), subjectOf(place), options);
  const content = isInRegistry(place) ? reading.whole(whole) : whole;
  return options.platform === undefined || isImageIndex(content) ? content : tellingPlatform(content);
}

async function imagesOf(place: Place, options: PullToOptions, reading: Reading): Promise<readonly Image[]> {
  const images = await imagesFor(await find(place, options), subjectOf(place), options);
  return isInRegistry(place) ? images.map((image) => reading.image(image)) : images;
}

const isInRegistry = (place: Place): boolean => typeof place === 'string' || place.kind === 'docker';

const subjectOf = (place: Place): string => (typeof place === 'string' ? place : formatLocation(place));

async function saveResumably<T extends Image | ImageIndex>(
  save: (contents: readonly Named<T>[], target: string | Writable, options: CraneOptions) => Promise<void>,
  contents: readonly Named<T>[],
  target: string | Writable,
  options: PullToOptions,
): Promise<void> {
  if (options.resume !== true || typeof target !== 'string' || !(await isRewritable(target))) {
    await save(contents, target, options);
    return;
  }
  for (;;) {
    const layers = resumableLayers(dirname(target), { maxConfigBytes: options.maxConfigBytes });
    const kept = contents.map(([place, content]): Named<T> => [place, layers.of(content)]);
    try {
      await save(kept, target, options);
      await layers.discard();
      return;
    } catch (error) {
      const again = await layers.keep(error);
      options.signal?.throwIfAborted();
      if (!again) throw error;
    }
  }
}

/** Whether an archive can be written again after a failure: not to a stream, nor to a device, beside which nothing is kept. */
async function isRewritable(target: string | Writable): Promise<boolean> {
  if (typeof target !== 'string' || target === '-') return false;
  return stat(target).then(
    (found) => found.isFile(),
    () => true,
  );
}

async function pullToLayout(
  places: readonly Place[],
  path: string,
  options: PullToOptions,
  reading: Reading,
): Promise<void> {
  const { signal, onProgress, jobs, resume } = options;
  let layout: Path | undefined;
  for (const place of places) {
    const content = await wholeOf(place, options, reading);
    // Made when there is something to put into it.
    layout ??= await fromPath(path, { create: true, resume, signal });
    const annotations = options.annotateRef === true && { annotations: { [REF_NAME]: subjectOf(place) } };
    const append = { signal, onProgress, jobs, ...annotations };
    if (isImageIndex(content)) await layout.appendIndex(content, append);
    else await layout.appendImage(content, append);
  }
}
