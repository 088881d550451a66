import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { Image } from '../../src/v1/image.js';
import { noise } from '../support/tools/noise.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';

/** A tar that is read in several chunks, and is larger than everything else in an image. */
export const big = tarOf(['big', noise(400_000).toString('latin1')]);

/** An image of three layers; the large one is in the middle. */
export const original = (): Image =>
  compressedToImage(storedImage({ tars: [tarOf(['etc/os', 'one']), big, tarOf(['app', 'two'])] }));

/** An image that shares no layer with `original`. */
export const other = (): Image => compressedToImage(storedImage({ tars: [tarOf(['other', 'image'])] }));
