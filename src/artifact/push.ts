import { formatLocation, type ImageLocation, type Location } from '../crane/names/location.js';
import type { CraneOptions } from '../crane/names/options.js';
import type { Pushed } from '../crane/locations/pushed.js';
import { isDirectory, writeTo } from '../crane/locations/write-to.js';
import { UnsupportedError } from '../errors/unsupported.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { assemble, type Assembled } from './content/create.js';
import { type ArtifactDefinition, checkedDefinition, discardStreams } from './content/definition.js';

/** Options of {@link push} and {@link attach}. */
export type PushOptions = CraneOptions;

/**
 * Pushes an artifact to a registry, or writes it to a layout or an OCI archive. Blobs that the target has are not sent
 * again.
 *
 * A file on the disk is read twice: for its digest, and to send it. A stream is read into memory, or beyond 4 MiB into a
 * temporary file, because its digest must be known first. A config is held in memory.
 *
 * @throws TypeError that names the wrong argument.
 * @throws UnsafePathError if a title leads out of the directory of a pull.
 * @throws UnsupportedError if the location is a daemon or an archive for `docker load`, which cannot hold artifacts.
 */
export async function push(
  target: ImageLocation,
  definition: ArtifactDefinition,
  options: PushOptions = {},
): Promise<Pushed> {
  const checked = checkedDefinition(definition);
  let assembled: Assembled;
  try {
    await assertHoldsArtifacts(target);
    assembled = await assemble(checked, options);
  } catch (error) {
    discardStreams(definition);
    throw error;
  }
  try {
    return await keepingSpools(async () => writeTo(assembled.image, target, options));
  } finally {
    await assembled.close();
  }
}

/** @throws UnsupportedError if the location cannot hold artifacts. */
async function assertHoldsArtifacts(target: ImageLocation): Promise<void> {
  if (typeof target === 'string' || HOLD_ARTIFACTS.has(target.kind)) return;
  if (target.kind === 'path' && (await isDirectory(target.path))) return;
  throw new UnsupportedError(
    `${formatLocation(target)}: ${KINDS[target.kind] ?? 'it'} cannot hold artifacts`,
    {
      hint: 'write it to a registry, `oci:DIR` or `oci-archive:FILE`',
    },
  );
}

const HOLD_ARTIFACTS: ReadonlySet<Location['kind']> = new Set(['docker', 'oci', 'oci-archive']);

const KINDS: Readonly<Partial<Record<Location['kind'], string>>> = {
  'docker-daemon': 'a daemon',
  'docker-archive': 'an archive for `docker load`',
  path: 'an archive for `docker load`',
};
