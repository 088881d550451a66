import { assertTarget, type ByteSink, intoSink } from '../../internal/streams/web.js';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { Cache } from '../../cache/cache.js';
import { assertOptions, wrongArgument } from '../../internal/arguments.js';
import { mapLimit } from '../../internal/async/limit.js';
import { fromPath } from '../../layout/from-path.js';
import type { Path } from '../../layout/path.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { find } from '../locations/find.js';
import { type CachedReader, cachedReader } from './cached-layers.js';
import { describePushed, type Pushed } from '../locations/pushed.js';
import {
  type ArchiveLocation,
  assertLocation,
  formatLocation,
  type ImageLocation,
  locationText,
} from '../names/location.js';
import { registryReference } from '../names/target.js';
import type { CraneOptions } from '../names/options.js';
import { sharedConnection } from '../names/shared-connection.js';
import { imagesForPlatforms, contentFor } from '../locations/platforms.js';
import { withPlatformInDescriptor } from './with-platform.js';
import { resumableLayers } from './resumable-layers.js';
import { type Located, saveNamed, saveNamedLegacy, saveNamedOci } from './save-named.js';

/**
 * The format in which a pulled image is saved: an archive for `docker load` (`tarball`), an archive in Docker's first format
 * (`legacy`), an OCI layout (`oci`), or an OCI archive (`oci-archive`), which is a layout in one file that Docker loads, too.
 */
export type SaveFormat = 'tarball' | 'legacy' | 'oci' | 'oci-archive';

/** What is pulled, and how it is saved. */
export interface PullToOptions extends CraneOptions {
  /** Format of the target. @default 'tarball' */
  readonly format?: SaveFormat | undefined;
  /** Pulls the images for several platforms, or for all platforms. @default `platform` */
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
  /** Annotates an entry of a layout with the reference that the image was pulled by. @default false */
  readonly annotateRef?: boolean | undefined;
  /**
   * Keeps the downloaded data if a pull fails or is killed. It is in `.<digest>.partial` files beside the archive or beside
   * the blobs of the layout. A later pull with this option resumes from there.
   *
   * @default false
   */
  readonly resume?: boolean | undefined;
  /** A cache for layers from registries. It is filled while layers are read. A damaged entry is downloaded again. */
  readonly cache?: Cache | undefined;
}

const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * Pulls images and saves them on the disk, or writes an archive to a stream of Node or of the web, which is not ended.
 *
 * An archive for `docker load` holds one image of each index, that for `platform` or linux/amd64; if `platforms` is set, it
 * holds all images for these platforms, under the same tag. A layout and an OCI archive hold each index as it is, or only
 * its images for `platforms`, or only the image for `platform`. Blobs that a layout already has are not downloaded again.
 *
 * @returns what was saved, in the order of the locations. A location that is named twice is saved once in an archive.
 * @throws NotFoundError if an index has no image for one of the platforms.
 */
export async function pullTo(
  locations: readonly ImageLocation[],
  target: string | ByteSink,
  options: PullToOptions = {},
): Promise<readonly Pushed[]> {
  assertOptions(options);
  if (!Array.isArray(locations)) throw wrongArgument('locations', locations, 'an array of locations');
  for (const location of locations as readonly unknown[]) assertLocation(location);
  assertTarget(target);
  return typeof target === 'string'
    ? pullThrough(locations, target, options)
    : intoSink(target, async (writable) => pullThrough(locations, writable, options));
}

async function pullThrough(
  locations: readonly ImageLocation[],
  target: string | Writable,
  options: PullToOptions,
): Promise<readonly Pushed[]> {
  const { cache, ...rest } = options;
  if (cache === undefined) return pullOnce(locations, target, rest, uncachedReader);
  const kept = cachedReader(cache, { maxConfigBytes: options.maxConfigBytes });
  for (;;) {
    try {
      return await pullOnce(locations, target, rest, kept);
    } catch (error) {
      const damaged = await kept.hasDropped();
      options.signal?.throwIfAborted();
      const mayRetry = options.format === 'oci' || (await canRewrite(target));
      if (!damaged || !mayRetry) throw error;
    }
  }
}

/** Wraps pulled content; through a cache, or not at all. */
type Reader = Pick<CachedReader, 'image' | 'content'>;

const uncachedReader: Reader = { image: (content) => content, content: (content) => content };

async function pullOnce(
  locations: readonly ImageLocation[],
  target: string | Writable,
  options: PullToOptions,
  reader: Reader,
): Promise<readonly Pushed[]> {
  const { format = 'tarball', platforms } = options;
  const named = [...new Map(locations.map((location) => [locationText(location), location])).values()];
  // All pulls share one ping and one token.
  const { platform: _platform, signal: _signal, onProgress: _progress, ...rest } = options;
  const shared: PullToOptions = { ...options, reuse: sharedConnection(named, rest) };
  if (format === 'oci') {
    if (typeof target !== 'string' || target === '-') {
      throw new UnsupportedError('a layout is a directory, which cannot be streamed', {
        hint: 'use the format `oci-archive`',
      });
    }
    return pullToLayout(locations, target, shared, reader);
  } else if (format === 'oci-archive') {
    const { signal, jobs = 4 } = options;
    const contents = await mapLimit(
      named,
      jobs,
      async (location) => [location, await readContent(location, shared, reader)] as const,
      { signal },
    );
    await saveResumably(saveNamedOci, contents, target, shared);
    return describeSaved(contents, 'oci-archive', target, options);
  } else {
    const several = platforms !== undefined && (platforms === 'all' || platforms.length > 1);
    if (format === 'legacy' && several) {
      throw new UnsupportedError(
        "an archive in Docker's first format can hold only one platform of an image",
        {
          hint: 'use the format `oci-archive`',
        },
      );
    }
    const images: Located<Image>[] = [];
    for (const location of named)
      for (const image of await readImages(location, shared, reader)) images.push([location, image]);
    await saveResumably(format === 'legacy' ? saveNamedLegacy : saveNamed, images, target, shared);
    return describeSaved(images, 'docker-archive', target, options);
  }
}

async function readContent(
  location: ImageLocation,
  options: PullToOptions,
  reader: Reader,
): Promise<Image | ImageIndex> {
  const found = await contentFor(await find(location, options), locationText(location), options);
  const content = isInRegistry(location) ? reader.content(found) : found;
  return options.platform === undefined || isImageIndex(content)
    ? content
    : withPlatformInDescriptor(content);
}

async function readImages(
  location: ImageLocation,
  options: PullToOptions,
  reader: Reader,
): Promise<readonly Image[]> {
  const images = await imagesForPlatforms(await find(location, options), locationText(location), options);
  return isInRegistry(location) ? images.map((image) => reader.image(image)) : images;
}

const isInRegistry = (location: ImageLocation): boolean =>
  typeof location === 'string' || location.kind === 'docker';

async function saveResumably<T extends Image | ImageIndex>(
  save: (contents: readonly Located<T>[], target: string | Writable, options: CraneOptions) => Promise<void>,
  contents: readonly Located<T>[],
  target: string | Writable,
  options: PullToOptions,
): Promise<void> {
  if (options.resume !== true || typeof target !== 'string' || !(await canRewrite(target))) {
    await save(contents, target, options);
    return;
  }
  for (;;) {
    const layers = resumableLayers(dirname(target), { maxConfigBytes: options.maxConfigBytes });
    const kept = contents.map(([location, content]): Located<T> => [location, layers.of(content)]);
    try {
      await save(kept, target, options);
      await layers.discard();
      return;
    } catch (error) {
      const mayRetry = await layers.keep(error);
      options.signal?.throwIfAborted();
      if (!mayRetry) throw error;
    }
  }
}

/** Whether an archive can be written again after a failure. A stream or a device cannot be, and nothing is kept beside it. */
async function canRewrite(target: string | Writable): Promise<boolean> {
  if (typeof target !== 'string' || target === '-') return false;
  return stat(target).then(
    (found) => found.isFile(),
    () => true,
  );
}

async function pullToLayout(
  locations: readonly ImageLocation[],
  path: string,
  options: PullToOptions,
  reader: Reader,
): Promise<readonly Pushed[]> {
  const { signal, onProgress, jobs, resume } = options;
  let layout: Path | undefined;
  const saved: Pushed[] = [];
  for (const location of locations) {
    const content = await readContent(location, options, reader);
    // The layout is created only after the first location was found.
    layout ??= await fromPath(path, { create: true, resume, signal });
    const annotations = options.annotateRef === true && {
      annotations: { [REF_NAME]: locationText(location) },
    };
    const append = { signal, onProgress, jobs, ...annotations };
    if (isImageIndex(content)) await layout.appendIndex(content, append);
    else await layout.appendImage(content, append);
    saved.push(
      await describePushed(content, (digest) => formatLocation({ kind: 'oci', path, digest }), options),
    );
  }
  return saved;
}

/** Describes the content of an archive. A stream is the path `-`. */
async function describeSaved(
  contents: readonly Located<Image | ImageIndex>[],
  kind: ArchiveLocation['kind'],
  target: string | Writable,
  options: PullToOptions,
): Promise<readonly Pushed[]> {
  const path = typeof target === 'string' ? target : '-';
  return Promise.all(
    contents.map(async ([location, content]) =>
      describePushed(
        content,
        () => formatLocation({ kind, path, tag: registryReference(location) }),
        options,
      ),
    ),
  );
}
