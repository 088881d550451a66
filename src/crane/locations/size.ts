import { imageSize } from '../../partial/image-size.js';
import { contentFrom, type ImageSource } from './source.js';
import type { CraneOptions } from '../names/options.js';

/**
 * The bytes of everything that an image consists of, as a registry stores it: manifest, config and compressed layers. Without
 * `platform`, an index counts with everything that it lists, and shared content counts once. See `partial.imageSize`.
 */
export async function size(source: ImageSource, options: CraneOptions = {}): Promise<number> {
  return imageSize(await contentFrom(source, options), { signal: options.signal });
}
