import type { StoredImages } from '../partial/stored-images.js';
import { fromPath } from './from-path.js';
import type { OpenOptions } from './path.js';

/**
 * Lists the images of a layout, those of indexes in it too, to choose from by tag, digest or platform. What is added
 * later is not seen.
 *
 * @throws {@link NotFoundError} if the folder is no layout.
 */
export async function open(folder: string, options: OpenOptions = {}): Promise<StoredImages> {
  return (await fromPath(folder, options)).images(options);
}
