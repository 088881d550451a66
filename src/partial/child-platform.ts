import { ContainerError } from '../errors/base.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { platformOf } from '../v1/platform-match.js';
import { isConfig, isImage } from '../v1/types.js';

/** Whether a descriptor tells a platform. */
export function tellsPlatform({ platform }: Pick<Descriptor, 'platform'>): boolean {
  return platform !== undefined && (platform.os !== '' || platform.architecture !== '');
}

/** The platform in an image's config; undefined for an artifact, whose config says nothing about one. */
export async function configuredPlatform(
  image: Image,
  options?: AbortOptions,
): Promise<Platform | undefined> {
  if (!isConfig((await image.manifest(options)).config.mediaType)) return undefined;
  return platformOf(await image.configFile(options));
}

/**
 * The platform of a child of an index: that in its descriptor, or else in the config of the image. The config is read
 * only if the descriptor tells none. Undefined for other indexes, artifacts, and what is missing or damaged.
 */
export async function childPlatform(
  index: ImageIndex,
  child: Descriptor,
  options: AbortOptions,
): Promise<Platform | undefined> {
  if (tellsPlatform(child)) return child.platform;
  if (!isImage(child.mediaType)) return undefined;
  try {
    return await configuredPlatform(await index.image(child.digest, options), options);
  } catch (error) {
    // An index may hold an image that is missing or damaged, and others that can be used.
    if (error instanceof ContainerError && unreadable.has(error.code)) return undefined;
    throw error;
  }
}

const unreadable: ReadonlySet<unknown> = new Set([
  'NOT_FOUND',
  'MANIFEST_INVALID',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'UNSUPPORTED',
]);
