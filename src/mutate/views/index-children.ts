import { assertMethods } from '../../internal/arguments.js';
import { assertIndex } from '../../v1/assert-content.js';
import { descriptor as descriptorOf } from '../../partial/capabilities.js';
import { configuredPlatform, hasPlatform } from '../../partial/child-platform.js';
import type { DescriptorMatcher } from '../../partial/find.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { parsePlatform, type Platform } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';
import { type AddedChild, changedIndex } from './index-view.js';

/** A child to append to an index. */
export interface IndexAddendum {
  /** The child. */
  readonly add: Image | ImageIndex | Layer;
  /**
   * Members that replace those of the child's own descriptor. If the descriptor of an image has no platform, the
   * platform of its config is used, unless `platform` is given here, even as undefined.
   */
  readonly descriptor?: Partial<Descriptor> | undefined;
}

/** Adds children at the end of an index. */
export function appendManifests(base: ImageIndex, addenda: readonly IndexAddendum[]): ImageIndex {
  assertIndex('base', base);
  for (const { add } of addenda)
    assertMethods('add', add, ['mediaType', 'digest', 'size'], 'an Image, an ImageIndex or a Layer');
  if (addenda.length === 0) return base;
  const adds = addenda.map(({ add, descriptor }): AddedChild => ({
    child: add,
    descriptor: async (options) => {
      const own = await descriptorOf(add, options);
      const isGiven = hasPlatform(own) || (descriptor !== undefined && 'platform' in descriptor);
      const platform = isGiven || !('configName' in add) ? undefined : await configuredPlatform(add, options);
      return { ...own, ...(platform !== undefined && { platform }), ...descriptor };
    },
  }));
  return changedIndex(base, { adds });
}

/** Removes the children whose descriptors match. */
export function removeManifests(base: ImageIndex, matcher: DescriptorMatcher): ImageIndex {
  return changedIndex(base, { keeps: (child) => !matcher(child) });
}

/** Keeps the children whose descriptors match, and removes the others. */
export function filterManifests(base: ImageIndex, matcher: DescriptorMatcher): ImageIndex {
  return changedIndex(base, { keeps: matcher });
}

/**
 * Keeps the children for one of these platforms, and removes the others. Fields of a platform that are missing or empty
 * match anything: `linux` keeps all children for Linux. Children without a platform are removed.
 *
 * @throws BadPlatformError if a text is not a valid platform.
 */
export function filterPlatforms(base: ImageIndex, platforms: Iterable<Platform | string>): ImageIndex {
  const wanted = Array.from(platforms, (one) => (typeof one === 'string' ? parsePlatform(one) : one));
  return filterManifests(
    base,
    ({ platform }) => platform !== undefined && wanted.some((one) => platformSatisfies(platform, one)),
  );
}
