import { index as emptyIndex } from '../../../src/empty/image-index.js';
import { appendManifests } from '../../../src/mutate/views/index-children.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import type { Image } from '../../../src/v1/image.js';
import type { Platform } from '../../../src/v1/platform.js';
import { storedImage } from './stored-image.js';
import { tarOf } from '../archives/tar-of.js';

export const amd64 = { os: 'linux', architecture: 'amd64' };
export const arm64 = { os: 'linux', architecture: 'arm64' };

/** An image for a platform, with the text in its layer. */
export const imageFor = (text: string, { os, architecture }: Platform = amd64): Image =>
  compressedToImage(
    storedImage({ tars: [tarOf(['file', text])], config: (config) => ({ ...config, os, architecture }) }),
  );

export const amd = imageFor('amd');
export const arm = imageFor('arm', arm64);
export const other = imageFor('other');

/** An index of `amd` and `arm`, each with its platform. */
export const multi = appendManifests(emptyIndex, [
  { add: amd, descriptor: { platform: amd64 } },
  { add: arm, descriptor: { platform: arm64 } },
]);
