import { AmbiguousError } from '../../errors/ambiguous.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { get, type RemoteDescriptor } from '../../remote/read/get.js';
import { type Hash, isHash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { MediaType } from '../../v1/media-type.js';
import { isIndex } from '../../v1/types.js';
import { chooseImage } from './choose-image.js';
import { formatLocation, type LocalLocation, type Place } from './location.js';
import { type CraneOptions, platformOf, referenceOf, remoteOptions } from './options.js';

/** What is at a place: an image, an index, or in a registry a manifest of any other kind. */
export interface Found {
  readonly mediaType: MediaType;
  /** Costs compressing the layers of an image of plain tars, as `docker save` writes it and a daemon has it. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** The exact bytes of the manifest. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** The image; of an index, that for `platform` or linux/amd64. */
  image(options?: AbortOptions): Promise<Image>;
  /**
   * The index.
   *
   * @throws {@link UnsupportedError} for an image.
   */
  imageIndex(options?: AbortOptions): Promise<ImageIndex>;
}

/**
 * Finds what is at a place, wherever that is. From the disk nothing but lists is read before it is asked for.
 *
 * @throws {@link NotFoundError} if there is nothing, or nothing with that tag; it lists what there is.
 * @throws {@link AmbiguousError} if there are several things, and the location does not say which.
 */
export async function find(place: Place, options: CraneOptions = {}): Promise<Found> {
  const { signal } = options;
  if (typeof place === 'string') return inRegistry(place, options);
  switch (place.kind) {
    case 'docker':
      return inRegistry(place.reference, options);
    case 'docker-daemon':
      return local(await inDaemon(place.reference, options), place.reference, options);
    default:
      return local(await onDisk(place, options), formatLocation(place), { ...options, signal });
  }
}

async function inRegistry(reference: string, options: CraneOptions): Promise<Found> {
  return registryFound(await get(referenceOf(reference, options), remoteOptions(options)));
}

export function registryFound(found: RemoteDescriptor): Found {
  return {
    mediaType: found.mediaType,
    digest: async () => Promise.resolve(found.digest),
    rawManifest: async (options) => found.rawManifest(options),
    image: async (options) => found.image({ signal: options?.signal }),
    imageIndex: async (options) => found.imageIndex({ signal: options?.signal }),
  };
}

async function inDaemon(reference: string, options: CraneOptions): Promise<Image> {
  const { signal, platform, daemon } = options;
  const { image } = await import('../../daemon/image.js');
  const named = isHash(reference) ? reference : referenceOf(reference, options);
  return image(named, { ...daemon, signal, platform: platformOf(platform) });
}

async function onDisk(location: LocalLocation, options: CraneOptions): Promise<Image | ImageIndex> {
  const { path, tag, digest } = location;
  const { signal } = options;
  const { open, openOptions } = await import('./open.js');
  const stored = await open(path, openOptions(options));
  const platform = platformOf(options.platform);
  try {
    try {
      return await stored.find({ tag, digest }, { signal });
    } catch (error) {
      if (!(error instanceof AmbiguousError) || platform === undefined) throw error;
      return await stored.image({ tag, digest, platform }, { signal });
    }
  } catch (error) {
    await stored.close();
    throw error instanceof AmbiguousError ? ambiguousPlace(location, error) : error;
  }
}

function ambiguousPlace(location: LocalLocation, error: AmbiguousError): AmbiguousError {
  const { choices } = error;
  const kind = location.kind === 'path' ? 'docker-archive' : location.kind;
  return new AmbiguousError(
    `${formatLocation(location)}: it holds ${choices.length} images to choose from`,
    choices,
    {
      cause: error,
      hint: `say which, as in ${kind}:PATH:TAG or ${kind}:PATH@DIGEST, or choose a \`platform\``,
    },
  );
}

async function local(thing: Image | ImageIndex, subject: string, options: CraneOptions): Promise<Found> {
  const mediaType = await thing.mediaType({ signal: options.signal });
  return {
    mediaType,
    digest: async (options) => thing.digest(options),
    rawManifest: async (options) => thing.rawManifest(options),
    image: async (o = {}) =>
      isImageIndex(thing) ? chooseImage(thing, subject, platformOf(options.platform), o) : thing,
    imageIndex: async () => {
      if (isImageIndex(thing)) return Promise.resolve(thing);
      throw new UnsupportedError(`${subject} is an image, not an index`);
    },
  };
}

/** All of it, or the image for `platform` if one was asked for. */
export async function contentOf(found: Found, options: CraneOptions): Promise<Image | ImageIndex> {
  const { platform, signal } = options;
  const whole = isIndex(found.mediaType) && platform === undefined;
  return whole ? found.imageIndex({ signal }) : found.image({ signal });
}
