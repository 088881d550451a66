import { configuredPlatform, hasPlatform } from '../../partial/child-platform.js';
import { descriptor } from '../../partial/capabilities.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Image } from '../../v1/image.js';

/**
 * Adds the platform to an image's descriptor. An image that was selected by its platform can then be selected by the same
 * platform in the layout it is written to. If the descriptor has no platform, it is read from the config.
 */
export function withPlatformInDescriptor(image: Image): Image {
  return Object.freeze<Image>({
    ...image,
    descriptor: async (options?: AbortOptions) => {
      const described = await descriptor(image, options);
      if (hasPlatform(described)) return described;
      const platform = await configuredPlatform(image, options);
      return platform === undefined ? described : { ...described, platform };
    },
  });
}
