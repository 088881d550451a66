import { imageFrom, type ImageSource } from '../crane/locations/source.js';
import { described } from './pulling/described.js';
import type { PullOptions } from './pulling/pull-options.js';
import { pullToDirectory } from './pulling/pull-to-directory.js';
import { pullToMemory } from './pulling/pull-to-memory.js';
import type { MemoryFile, PulledArtifact, PulledFile } from './pulling/pulled.js';

/**
 * Pulls the files of an artifact into memory, all of them at once. `'memory'` is not the name of a directory; write
 * `./memory` for that.
 *
 * @throws LimitExceededError if the files are larger than `maxBytes` together. Then nothing was downloaded.
 */
export async function pull(
  source: ImageSource,
  target?: 'memory',
  options?: PullOptions,
): Promise<PulledArtifact<MemoryFile>>;
/**
 * Pulls the files of an artifact into a directory, which is created if it does not exist. Each file gets the path that its
 * title names, never outside the directory, whatever the artifact says. A packed directory is unpacked.
 *
 * All content is verified before the first file gets its name. If the call fails before, nothing was changed; a file is
 * either complete or absent. A file without a title is listed in the result and not written, as in oras. The chart and the
 * provenance of Helm and a WebAssembly module need no title: they get the names that their own tools give them.
 *
 * @throws UnsafePathError if a title leads outside the directory, or through a symbolic link, or if two files have one name.
 * @throws FileSystemError with the `systemCode` `EEXIST` if a file exists and `overwrite` is false.
 */
export async function pull(
  source: ImageSource,
  target: string,
  options?: PullOptions,
): Promise<PulledArtifact>;
export async function pull(
  source: ImageSource,
  target = 'memory',
  options: PullOptions = {},
): Promise<PulledArtifact> {
  if (typeof target !== 'string' || target === '') {
    throw new TypeError("target must be the path of a directory, or 'memory'");
  }
  const { signal } = options;
  const image = await imageFrom(source, options);
  const artifact = await described(image, { signal });
  const files: readonly PulledFile[] =
    target === 'memory'
      ? await pullToMemory(artifact.files, options)
      : await pullToDirectory(artifact.files, target, options);
  return { ...artifact, files };
}
