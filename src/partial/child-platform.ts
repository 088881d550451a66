import { ContainerError } from '../errors/base.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { platformOf } from '../v1/platform-match.js';
import { isConfig, isImage } from '../v1/types.js';

/** Whether a descriptor has a platform. */
export function hasPlatform({ platform }: Pick<Descriptor, 'platform'>): boolean {
  return platform !== undefined && (platform.os !== '' || platform.architecture !== '');
}

/** The platform in an image's config; undefined for an artifact, whose config has no platform. */
export async function configuredPlatform(
  image: Image,
  options?: AbortOptions,
): Promise<Platform | undefined> {
  if (!isConfig((await image.manifest(options)).config.mediaType)) return undefined;
  return platformOf(await image.configFile(options));
}

/**
 * The platform of a child of an index. It comes from the child's descriptor, or from the image's config if the
 * descriptor has none; only then the config is read. The result is undefined for nested indexes, for artifacts, and for
 * images that are missing or damaged.
 */
export async function childPlatform(
  index: ImageIndex,
  child: Descriptor,
  options: AbortOptions,
): Promise<Platform | undefined> {
  if (hasPlatform(child)) return child.platform;
  if (!isImage(child.mediaType)) return undefined;
  try {
    return await configuredPlatform(await index.image(child.digest, options), options);
  } catch (error) {
    // One missing or damaged image must not make the other images of the index unusable.
    if (error instanceof ContainerError && UNUSABLE_CODES.has(error.code)) return undefined;
    throw error;
  }
}

/** Error codes of images that are missing or damaged. */
const UNUSABLE_CODES: ReadonlySet<unknown> = new Set([
  'NOT_FOUND',
  'MANIFEST_INVALID',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'UNSUPPORTED',
]);
