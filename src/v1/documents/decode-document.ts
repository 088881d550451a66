import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { type CapOptionNames, parseStrictJson } from '../../internal/json/strict-json.js';

/**
 * Caps on a document that may be hostile. A caller whose own options raise a cap names that option, and errors repeat
 * the name. The other caps are fixed.
 */
export interface DocumentCaps {
  /** Size in bytes. Without it the size is not checked, because the caller checked it when it read the bytes. */
  readonly maxBytes?: number | undefined;
  /** How deeply arrays and objects may nest. @default 64 */
  readonly maxDepth?: number | undefined;
  /** Number of the members of all objects and the elements of all arrays together. @default 500 000 */
  readonly maxValues?: number | undefined;
  /** @default no options */
  readonly optionNames?: CapOptionNames | undefined;
}

export const MANIFEST_MAX_BYTES = 8 * 1024 * 1024;
export const CONFIG_MAX_BYTES = 16 * 1024 * 1024;

/** Parses strict JSON within the caps. */
export function decodeDocument(
  content: Uint8Array | string,
  document: string,
  { maxBytes = Infinity, maxDepth = 64, maxValues = 500_000, optionNames }: DocumentCaps = {},
): unknown {
  try {
    return parseStrictJson(content, document, { maxBytes, maxDepth, maxValues, optionNames });
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new ManifestInvalidError(`parse ${document}: document ${error.message}`);
    throw error;
  }
}
