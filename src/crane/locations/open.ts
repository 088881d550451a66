import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type ByteSource, isByteSource, toReadable } from '../../internal/streams/web.js';
import { assertOptions, wrongArgument } from '../../internal/arguments.js';
import { fstatAsync } from '../../internal/files/descriptors.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { open as openLayout } from '../../layout/open.js';
import type { OpenOptions as LayoutOptions } from '../../layout/path.js';
import type { StoredImages } from '../../stored/images.js';
import type { Archive, OpenOptions as ArchiveOptions } from '../../tarball/read/archive.js';
import { open as openArchive } from '../../tarball/open.js';
import type { CraneOptions } from '../names/options.js';

/** Options for archives and layouts. */
export interface OpenOptions extends ArchiveOptions, LayoutOptions {
  /** The stream that is read for the path `-`. @default process.stdin */
  readonly stdin?: Readable | undefined;
}

/** Images on the disk. */
export interface OpenedImages extends StoredImages {
  /** The parsed `manifest.json` of an archive; undefined for a layout, and for an archive without one. */
  readonly manifest?: Archive['manifest'];
}

/**
 * Opens the images on the disk, in any form: an archive that `docker save` or podman wrote, plain or compressed, an OCI
 * archive, an archive in Docker's legacy format, or the directory of an OCI layout. The format is detected from the content,
 * not from the file name. The path `-` is an archive on standard input.
 *
 * Close the result when its images are no longer read.
 *
 * @throws FileSystemError if the path does not exist.
 * @throws ArchiveInvalidError if a file is not an archive of images.
 * @throws NotFoundError if a directory is not a layout.
 */
export async function open(source: string | ByteSource, options: OpenOptions = {}): Promise<OpenedImages> {
  assertOptions(options);
  if (typeof source !== 'string' && !isByteSource(source))
    throw wrongArgument('source', source, 'a path, a Readable, a ReadableStream or a Blob');
  const { stdin = process.stdin, ...rest } = options;
  if (typeof source !== 'string' || source === '-') {
    const stream = typeof source === 'string' ? stdin : toReadable(source);
    if (source === '-') await assertArchive(stream);
    return openArchive(() => stream, rest);
  }
  return (await isDirectory(source)) ? openLayout(source, rest) : openArchive(source, rest);
}

/** Refuses a terminal, which Node would wait for, and a directory, from which Node reads nothing. */
async function assertArchive(
  stdin: Readable & { readonly fd?: unknown; readonly isTTY?: unknown },
): Promise<void> {
  if (stdin.isTTY === true) {
    throw new UnsupportedError('standard input is a terminal, not an archive', {
      hint: 'redirect an archive to standard input, or name a path',
    });
  }
  if (typeof stdin.fd === 'number' && (await fstatAsync(stdin.fd)).isDirectory()) {
    throw new UnsupportedError('standard input is a directory, not an archive', {
      hint: 'name the path of the directory instead of `-`',
    });
  }
}

/** Selects the options of {@link open} from the options of a verb. */
export function openOptions(options: CraneOptions): OpenOptions {
  const { signal, stdin, maxManifestBytes, maxConfigBytes, allowSymlinks, onWarning } = options;
  return {
    ...{ signal, stdin, maxManifestBytes, maxConfigBytes, allowSymlinks },
    onWarning:
      onWarning &&
      (({ subject, text }) => {
        onWarning({ registry: subject, text });
      }),
  };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileSystemError('open', path, error);
  }
}
