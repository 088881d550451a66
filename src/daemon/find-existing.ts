import { NotFoundError } from '../errors/service/not-found.js';
import { NotComputedError } from '../errors/stream-state.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Engine } from './engine/engine.js';
import { inspect, type InspectedImage } from './inspect.js';

/**
 * Finds an image in the daemon by its ID. Undefined if the daemon does not have it, and also if its ID cannot be known
 * before its layers are read.
 */
export async function findExisting(
  engine: Engine,
  image: Image,
  options: AbortOptions,
): Promise<InspectedImage | undefined> {
  return (
    (await findById(engine, async () => image.configName(options), options)) ??
    // containerd's store uses the digest of the manifest as the ID.
    (engine.mayUseContainerd ? findById(engine, async () => image.digest(options), options) : undefined)
  );
}

async function findById(
  engine: Engine,
  idOf: () => Promise<Hash>,
  options: AbortOptions,
): Promise<InspectedImage | undefined> {
  try {
    const id = await idOf();
    const found = await inspect(engine, id, options);
    return found.id === id ? found : undefined;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof NotComputedError) return undefined;
    throw error;
  }
}
