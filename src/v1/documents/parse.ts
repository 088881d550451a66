import type { ConfigFile } from '../config-file.js';
import type { IndexManifest, Manifest } from '../manifest.js';
import type { MediaType } from '../media-type.js';
import { decodeConfigFile } from './decode-config-file.js';
import { CONFIG_MAX_BYTES, type DocumentCaps, MANIFEST_MAX_BYTES } from './decode-document.js';
import { decodeIndexManifest, decodeManifest } from './decode-manifest.js';

// The parsers for users of the package. Their options raise the caps, so their errors name these options. The package
// itself calls the decoders, because most of its functions have no such options.

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

/** Options of the functions that parse manifests. */
export interface ParseManifestOptions extends ParseOptions {
  /** The media type that the source reports. A document whose own `mediaType` differs is an error. */
  readonly mediaType?: MediaType | undefined;
}

/**
 * Parses an image manifest.
 *
 * This parser is stricter than Go's JSON reader: duplicate keys, trailing data, malformed UTF-8, fields of the wrong type
 * or in another case, and a document that is also an index are errors. It is as lenient as real registries need:
 * `mediaType` and `layers` may be absent, and null counts as absent. Unknown fields are kept. The result is deeply frozen.
 *
 * @throws ManifestInvalidError if a field is invalid; the error names the first one.
 * @throws UnsupportedError for Docker's schema 1.
 * @throws LimitExceededError if the document exceeds a cap of the options.
 */
export function parseManifest(content: Uint8Array | string, options: ParseManifestOptions = {}): Manifest {
  const { mediaType } = options;
  return decodeManifest(content, { ...capsOf(options, MANIFEST_MAX_BYTES), mediaType });
}

/**
 * Parses an image index or a Docker manifest list, with the rules of {@link parseManifest}.
 *
 * @throws ManifestInvalidError if a field is invalid; the error names the first one.
 * @throws UnsupportedError for Docker's schema 1.
 * @throws LimitExceededError if the document exceeds a cap of the options.
 */
export function parseIndexManifest(
  content: Uint8Array | string,
  options: ParseManifestOptions = {},
): IndexManifest {
  const { mediaType } = options;
  return decodeIndexManifest(content, { ...capsOf(options, MANIFEST_MAX_BYTES), mediaType });
}

/**
 * Parses an image's config.
 *
 * Missing fields get Go's zero values, as in Go, so that the config of an artifact can be parsed. A field of the wrong
 * type and an invalid diff ID are errors. Field names are compared exactly, although Go ignores their case. Unknown
 * fields are kept. The result is deeply frozen.
 *
 * @throws ManifestInvalidError if a field is invalid; the error names the first one.
 * @throws LimitExceededError if the document exceeds a cap of the options.
 */
export function parseConfigFile(content: Uint8Array | string, options: ParseOptions = {}): ConfigFile {
  return decodeConfigFile(content, capsOf(options, CONFIG_MAX_BYTES));
}

function capsOf({ maxBytes, maxDepth, maxValues }: ParseOptions, defaultMaxBytes: number): DocumentCaps {
  return {
    maxBytes: maxBytes ?? defaultMaxBytes,
    maxDepth,
    maxValues,
    optionNames: { maxBytes: 'maxBytes', maxDepth: 'maxDepth', maxValues: 'maxValues' },
  };
}
