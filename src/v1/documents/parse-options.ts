import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { type JsonLimits, parseStrictJson } from '../../internal/json/strict-json.js';

/** Caps on a document that may be hostile. */
export interface ParseOptions {
  /**
   * Size of the document in bytes.
   *
   * @default 8 MiB for manifests, 16 MiB for configs
   */
  readonly maxBytes?: number | undefined;
  /**
   * How deeply arrays and objects may nest.
   *
   * @default 64
   */
  readonly maxDepth?: number | undefined;
  /**
   * Number of the members of all objects and the elements of all arrays together.
   *
   * @default 500 000
   */
  readonly maxValues?: number | undefined;
}

export const MANIFEST_MAX_BYTES = 8 * 1024 * 1024;
export const CONFIG_MAX_BYTES = 16 * 1024 * 1024;

/** Parses strict JSON within the caps. The cap on bytes is `maxBytes` unless the options have one. */
export function parseDocument(
  content: Uint8Array | string,
  document: string,
  maxBytes: number,
  options: ParseOptions,
): unknown {
  const limits: JsonLimits = {
    maxBytes: options.maxBytes ?? maxBytes,
    maxDepth: options.maxDepth ?? 64,
    maxValues: options.maxValues ?? 500_000,
  };
  try {
    return parseStrictJson(content, document, limits);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new ManifestInvalidError(`parse ${document}: document ${error.message}`);
    throw error;
  }
}
