import type { AbortOptions } from '../../internal/async/abort.js';
import { chooseImage as choose } from '../../remote/read/choose-image.js';
import { defaultPlatform } from '../../remote/connection/platform-choice.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';

/**
 * The image of an index for a platform, by the same rules as in a registry. The default platform is linux/amd64.
 */
export async function chooseImage(
  index: ImageIndex,
  subject: string,
  platform: Platform = defaultPlatform,
  options: AbortOptions = {},
): Promise<Image> {
  return choose(index, subject, platform, options);
}
