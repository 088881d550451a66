import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fstatAsync } from '../../internal/files/descriptors.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { open as openLayout } from '../../layout/open.js';
import type { OpenOptions as LayoutOptions } from '../../layout/path.js';
import type { StoredImages } from '../../stored/images.js';
import type { OpenOptions as ArchiveOptions } from '../../tarball/read/archive.js';
import { open as openArchive } from '../../tarball/open.js';
import type { CraneOptions } from './options.js';

export interface OpenOptions extends ArchiveOptions, LayoutOptions {
  /** What `-` stands for. @default process.stdin */
  readonly stdin?: Readable | undefined;
}

/**
 * Opens images on the disk, whatever form they are in: an archive as `docker save` or podman writes it, plain or
 * compressed, an OCI archive, an archive in Docker's first format, or the directory of an OCI layout. Looked at is the
 * content, never the name. `-` is an archive on standard input.
 *
 * @throws {@link FileSystemError} if there is nothing of that name.
 * @throws {@link ArchiveInvalidError} or {@link NotFoundError} if it is a file, or a directory, without images.
 */
export async function open(source: string | Readable, options: OpenOptions = {}): Promise<StoredImages> {
  const { stdin = process.stdin, ...rest } = options;
  if (source instanceof Readable || source === '-') {
    const stream = source instanceof Readable ? source : stdin;
    if (source === '-') await assertArchive(stream);
    return openArchive(() => stream, rest);
  }
  return (await isDirectory(source)) ? openLayout(source, rest) : openArchive(source, rest);
}

/** Standard input may be what never gives an archive; Node reads nothing from a directory, and waits for a terminal. */
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

/** What opening takes of the options of the verbs. */
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
