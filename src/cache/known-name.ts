import { NotComputedError } from '../errors/stream-state.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/** The two forms in which a layer can be read: as it is stored, or as the tar inside. */
export type Form = 'compressed' | 'uncompressed';

/** The digest of one form of a layer; undefined for a one-shot stream that was not read yet. */
export async function knownName(layer: Layer, form: Form, options?: AbortOptions): Promise<Hash | undefined> {
  try {
    return await (form === 'compressed' ? layer.digest(options) : layer.diffId(options));
  } catch (error) {
    if (error instanceof NotComputedError) return undefined;
    throw error;
  }
}
