import { NotComputedError } from '../errors/stream-state.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/** A layer's digest; undefined for a one-shot stream that has not been read yet. */
export async function knownDigest(layer: Layer, options?: AbortOptions): Promise<Hash | undefined> {
  return ifComputed(layer.digest(options));
}

/** A digest or size of a layer; undefined if it comes from a one-shot stream that has not been read yet. */
export async function ifComputed<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof NotComputedError) return undefined;
    throw error;
  }
}
