import type { AbortOptions } from '../internal/async/abort.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import type { Repository } from '../name/reference.js';
import type { Layer } from '../v1/layer.js';
import { connect, type Connections } from './connection/connection.js';
import type { RemoteOptions } from './connection/options.js';
import { forMounting, startRun } from './push/run.js';
import { writeBlob } from './push/blob.js';

/** Uploads a layer, unless the repository has it or can mount it; whatever its media type. */
export async function writeLayer(
  repository: Repository,
  layer: Layer,
  options: RemoteOptions = {},
): Promise<void> {
  return writeLayerWith(connect(options), repository, layer, options);
}

export async function writeLayerWith(
  connections: Connections,
  repository: Repository,
  layer: Layer,
  options: AbortOptions = {},
): Promise<void> {
  const run = await startRun(connections, repository, options);
  await keepingSpools(async () => writeBlob(forMounting(run, [layer]), layer, { signal: options.signal }));
}
