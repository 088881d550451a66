import { NotComputedError } from '../errors/stream-state.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/** A layer's digest; undefined for a one-shot stream that was not read yet. */
export async function knownDigest(layer: Layer, options?: AbortOptions): Promise<Hash | undefined> {
  try {
    return await layer.digest(options);
  } catch (error) {
    if (error instanceof NotComputedError) return undefined;
    throw error;
  }
}
