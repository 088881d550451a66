import { AmbiguousError } from '../../errors/ambiguous.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { assertOptions } from '../../internal/arguments.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { get } from '../../remote/get.js';
import type { RemoteDescriptor } from '../../remote/read/remote-descriptor.js';
import { type Hash, isHash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { MediaType } from '../../v1/media-type.js';
import { isIndex } from '../../v1/types.js';
import { chooseImage } from './choose-image.js';
import { assertLocation, formatLocation, type LocalLocation, type ImageLocation } from '../names/location.js';
import { type CraneOptions, platformOf, referenceOf, remoteOptions } from '../names/options.js';

/** The content of a location: an image, an index, or, in a registry only, a manifest of another kind. */
export interface Found {
  /** Media type of the manifest. */
  readonly mediaType: MediaType;
  /**
   * The digest of the manifest. If the layers are plain tars, as `docker save` writes them and as a daemon stores them, they
   * are compressed to compute it.
   */
  digest(options?: AbortOptions): Promise<Hash>;
  /** The exact bytes of the manifest. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** The image. If the location has an index, it is the image for `platform`, or for linux/amd64. */
  image(options?: AbortOptions): Promise<Image>;
  /**
   * The index.
   *
   * @throws UnsupportedError if the content is an image.
   */
  imageIndex(options?: AbortOptions): Promise<ImageIndex>;
}

/**
 * Finds the image or index at any location. In a registry this fetches the manifest. On the disk it reads only the lists of
 * an archive or layout.
 *
 * @throws NotFoundError if nothing is found, or nothing has the given tag; the error lists what exists.
 * @throws AmbiguousError if there are several images and the location does not select one.
 */
export async function find(location: ImageLocation, options: CraneOptions = {}): Promise<Found> {
  assertLocation(location);
  assertOptions(options);
  if (typeof location === 'string') return findInRegistry(location, options);
  switch (location.kind) {
    case 'docker':
      return findInRegistry(location.reference, options);
    case 'docker-daemon':
      return localFound(await findInDaemon(location.reference, options), location.reference, options);
    default:
      return localFound(await findOnDisk(location, options), formatLocation(location), options);
  }
}

async function findInRegistry(reference: string, options: CraneOptions): Promise<Found> {
  return registryFound(await get(referenceOf(reference, options), remoteOptions(options)));
}

export function registryFound(found: RemoteDescriptor): Found {
  return {
    mediaType: found.mediaType,
    digest: async () => found.digest,
    rawManifest: async (options) => found.rawManifest(options),
    image: async (options) => found.image({ signal: options?.signal }),
    imageIndex: async (options) => found.imageIndex({ signal: options?.signal }),
  };
}

async function findInDaemon(reference: string, options: CraneOptions): Promise<Image> {
  const { signal, platform, daemon } = options;
  const { image } = await import('../../daemon/image.js');
  const named = isHash(reference) ? reference : referenceOf(reference, options);
  return image(named, { ...daemon, signal, platform: platformOf(platform) });
}

async function findOnDisk(location: LocalLocation, options: CraneOptions): Promise<Image | ImageIndex> {
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
    throw error instanceof AmbiguousError ? ambiguousLocation(location, error) : error;
  }
}

function ambiguousLocation(location: LocalLocation, error: AmbiguousError): AmbiguousError {
  const { choices } = error;
  const kind = location.kind === 'path' ? 'docker-archive' : location.kind;
  return new AmbiguousError(
    `${formatLocation(location)}: it holds ${choices.length} images to choose from`,
    choices,
    {
      cause: error,
      hint: `select one, as in ${kind}:PATH:TAG or ${kind}:PATH@DIGEST, or choose a \`platform\``,
    },
  );
}

/** Presents content that is not in a registry. */
export async function localFound(
  content: Image | ImageIndex,
  subject: string,
  options: CraneOptions,
): Promise<Found> {
  const mediaType = await content.mediaType({ signal: options.signal });
  return {
    mediaType,
    digest: async (options) => content.digest(options),
    rawManifest: async (options) => content.rawManifest(options),
    image: async (callOptions = {}) =>
      isImageIndex(content)
        ? chooseImage(content, subject, platformOf(options.platform), callOptions)
        : content,
    imageIndex: async () => {
      if (isImageIndex(content)) return content;
      throw new UnsupportedError(`${subject} is an image, not an index`);
    },
  };
}

/** The whole index or the image; if `platform` is set, the image for it. */
export async function contentOf(found: Found, options: CraneOptions): Promise<Image | ImageIndex> {
  const { platform, signal } = options;
  return isIndex(found.mediaType) && platform === undefined
    ? found.imageIndex({ signal })
    : found.image({ signal });
}
