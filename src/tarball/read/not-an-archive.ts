import { UnsupportedError } from '../../errors/unsupported.js';
import { foreignFormat } from '../../internal/compress/foreign-format.js';

/** What to tell about a file that is no tar: the format that its first bytes show, or else the error that came up. */
export function notAnArchive(head: Uint8Array, error: unknown): unknown {
  const format = foreignFormat(head);
  if (format === undefined) return error;
  const { name, unpack } = format;
  return new UnsupportedError(`the archive is in the format ${name}, which is not read here`, {
    cause: error,
    hint:
      unpack === undefined
        ? `unpack it, and take the tar or the directory that is inside`
        : `decompress it first: \`${unpack}\` writes the archive to standard output, which can be read as \`-\``,
  });
}
