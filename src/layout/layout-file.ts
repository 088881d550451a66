import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { UnsupportedError } from '../errors/unsupported.js';
import { parseStrictJson } from '../internal/json/strict-json.js';

/** The file that marks a directory as a layout. The specification fixes its content; the white space is Go's. */
export const LAYOUT_FILE = 'oci-layout';
export const LAYOUT_FILE_CONTENT = Buffer.from('{\n    "imageLayoutVersion": "1.0.0"\n}');
export const LAYOUT_FILE_MAX_BYTES = 64 * 1024;

/**
 * Checks the content of an `oci-layout` file.
 *
 * @throws ManifestInvalidError if the content is invalid.
 * @throws UnsupportedError for a version of the format other than 1.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file
 */
export function checkLayoutFile(content: Uint8Array, subject: string): void {
  let parsed: unknown;
  try {
    parsed = parseStrictJson(content, subject, {
      maxBytes: LAYOUT_FILE_MAX_BYTES,
      maxDepth: 8,
      maxValues: 1000,
    });
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new ManifestInvalidError(`${subject} ${error.message}`, { cause: error });
    throw error;
  }
  const version: unknown =
    typeof parsed === 'object' && parsed !== null && 'imageLayoutVersion' in parsed
      ? parsed.imageLayoutVersion
      : undefined;
  if (typeof version !== 'string') throw new ManifestInvalidError(`${subject} has no imageLayoutVersion`);
  if (!version.startsWith('1.')) {
    throw new UnsupportedError(
      `${subject}: layout version ${JSON.stringify(version.slice(0, 32))} is not supported`,
    );
  }
}
