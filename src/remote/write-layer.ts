import type { Repository } from '../name/reference.js';
import type { Layer } from '../v1/layer.js';
import type { RemoteOptions } from './connection/options.js';
import { newPusher } from './pusher.js';

/** Uploads a layer of any media type, unless the repository has it or can mount it. */
export async function writeLayer(
  repository: Repository,
  layer: Layer,
  options: RemoteOptions = {},
): Promise<void> {
  return newPusher(options).upload(repository, layer, options);
}
