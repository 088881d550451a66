import type { StoredImages } from '../stored/images.js';
import { fromPath } from './from-path.js';
import type { OpenOptions } from './path.js';
import { isTransportFolder, openTransportFolder } from './skopeo-dir.js';

/**
 * Lists the images of a layout, those of indexes in it too, to choose from by tag, digest or platform. What is added
 * later is not seen. The folders that `skopeo copy dir:` and `podman save --format docker-dir` write are read as well.
 *
 * @throws {@link NotFoundError} if the folder is none of these.
 */
export async function open(folder: string, options: OpenOptions = {}): Promise<StoredImages> {
  if (await isTransportFolder(folder)) return openTransportFolder(folder, options);
  return (await fromPath(folder, options)).images(options);
}
