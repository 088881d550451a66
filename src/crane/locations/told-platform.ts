import { configuredPlatform, hasPlatform } from '../../partial/child-platform.js';
import { descriptor } from '../../partial/capabilities.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Image } from '../../v1/image.js';

/**
 * An image whose descriptor tells its platform. Who chose an image by its platform can choose it by the same platform where
 * it is written to. An index may tell the platform; if it does not, the config does.
 */
export function tellingPlatform(image: Image): Image {
  return Object.freeze<Image>({
    ...image,
    descriptor: async (options?: AbortOptions) => {
      const told = await descriptor(image, options);
      if (hasPlatform(told)) return told;
      const platform = await configuredPlatform(image, options);
      return platform === undefined ? told : { ...told, platform };
    },
  });
}
