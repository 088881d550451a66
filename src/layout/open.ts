import { assertText } from '../internal/arguments.js';
import type { StoredImages } from '../stored/images.js';
import { fromPath } from './from-path.js';
import type { OpenOptions } from './path.js';
import { isSkopeoDir, openSkopeoDir } from './skopeo-dir.js';

/**
 * Lists the images of a layout and of the indexes in it, from which a tag, a digest or a platform selects. Images that are
 * added later are not listed. The directories that `skopeo copy dir:` and `podman save --format docker-dir` write can be
 * opened too.
 *
 * @throws NotFoundError if the directory has neither form.
 */
export async function open(directory: string, options: OpenOptions = {}): Promise<StoredImages> {
  assertText('directory', directory, 'a path');
  if (await isSkopeoDir(directory)) return openSkopeoDir(directory, options);
  return (await fromPath(directory, options)).images(options);
}
