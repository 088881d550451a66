import { UnsupportedError } from '../../errors/unsupported.js';
import { foreignFormat } from '../../internal/compress/foreign-format.js';

/** The error for a file that is not a tar: it names the format that the first bytes show, or is the original error. */
export function notAnArchive(head: Uint8Array, error: unknown): unknown {
  const format = foreignFormat(head);
  if (format === undefined) return error;
  const { name, unpack } = format;
  return new UnsupportedError(`the archive is in the format ${name}, which is not supported`, {
    cause: error,
    hint:
      unpack === undefined
        ? `unpack it, and use the tar or the directory that it contains`
        : `decompress it first: \`${unpack}\` writes the archive to standard output, which can be read as \`-\``,
  });
}
