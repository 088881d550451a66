import type { AbortOptions } from '../internal/async/abort.js';
import { ifComputed } from '../partial/known-digest.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/** The two forms in which a layer can be read: as it is stored, or as the tar inside. */
export type Form = 'compressed' | 'uncompressed';

/** The digest of what a layer yields in one form; undefined for a one-shot stream that has not been read yet. */
export async function knownName(layer: Layer, form: Form, options?: AbortOptions): Promise<Hash | undefined> {
  return ifComputed(form === 'compressed' ? layer.digest(options) : layer.diffId(options));
}
