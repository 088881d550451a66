import type { StoredImages } from '../stored/images.js';
import { fromPath } from './from-path.js';
import type { OpenOptions } from './path.js';
import { isSkopeoDir, openSkopeoDir } from './skopeo-dir.js';

/**
 * Lists the images of a layout, those of indexes in it too, to choose from by tag, digest or platform. What is added
 * later is not seen. The directories that `skopeo copy dir:` and `podman save --format docker-dir` write are read as well.
 *
 * @throws NotFoundError if the directory is none of these.
 */
export async function open(directory: string, options: OpenOptions = {}): Promise<StoredImages> {
  if (await isSkopeoDir(directory)) return openSkopeoDir(directory, options);
  return (await fromPath(directory, options)).images(options);
}
