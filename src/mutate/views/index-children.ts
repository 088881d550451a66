import { descriptor as descriptorOf } from '../../partial/capabilities.js';
import { configuredPlatform, tellsPlatform } from '../../partial/child-platform.js';
import type { DescriptorMatcher } from '../../partial/find.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { parsePlatform, type Platform } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';
import { type AddedChild, changedIndex } from './index-view.js';

/**
 * A child to append; the members of the descriptor that are given replace its own. An image whose descriptor tells no
 * platform gets that of its config, unless `platform` is given, be it as undefined.
 */
export interface IndexAddendum {
  readonly add: Image | ImageIndex | Layer;
  readonly descriptor?: Partial<Descriptor> | undefined;
}

/** Adds children at the end of an index. */
export function appendManifests(base: ImageIndex, addenda: readonly IndexAddendum[]): ImageIndex {
  if (addenda.length === 0) return base;
  const adds = addenda.map(({ add, descriptor }): AddedChild => ({
    child: add,
    descriptor: async (options) => {
      const own = await descriptorOf(add, options);
      const isTold = tellsPlatform(own) || (descriptor !== undefined && 'platform' in descriptor);
      const platform = isTold || !('configName' in add) ? undefined : await configuredPlatform(add, options);
      return { ...own, ...(platform !== undefined && { platform }), ...descriptor };
    },
  }));
  return changedIndex(base, { adds });
}

/** Leaves out the children whose descriptors match. */
export function removeManifests(base: ImageIndex, matcher: DescriptorMatcher): ImageIndex {
  return changedIndex(base, { keeps: (child) => !matcher(child) });
}

/** Leaves out the children whose descriptors do not match. */
export function filterManifests(base: ImageIndex, matcher: DescriptorMatcher): ImageIndex {
  return changedIndex(base, { keeps: matcher });
}

/**
 * Leaves out the children that are for none of the platforms; what is left out or empty may be anything, so that
 * `linux` keeps all of Linux. Children without a platform are left out.
 *
 * @throws BadPlatformError for text that is no platform.
 */
export function filterPlatforms(base: ImageIndex, platforms: Iterable<Platform | string>): ImageIndex {
  const wanted = Array.from(platforms, (one) => (typeof one === 'string' ? parsePlatform(one) : one));
  return filterManifests(
    base,
    ({ platform }) => platform !== undefined && wanted.some((one) => platformSatisfies(platform, one)),
  );
}
