import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Layer } from '../../v1/layer.js';
import { isLayer } from '../../v1/types.js';

/** The hint for a blob of an artifact, which cannot be read as a layer. */
export const ARTIFACT_HINT =
  'it is a file of an artifact: `gantry blob REPOSITORY@DIGEST` or `oras pull` fetches it as it is';

/** Adds the position, the digest and the media type of a layer to the error that says it is not a valid tar. */
export async function layerError(
  error: unknown,
  layer: Layer,
  at: number,
  options: AbortOptions,
): Promise<unknown> {
  if (!(error instanceof ArchiveInvalidError)) return error;
  const digest = await layer.digest(options).catch(() => undefined);
  const mediaType = await layer.mediaType(options).catch(() => undefined);
  const facts = [digest, mediaType].filter((fact) => fact !== undefined).join(', ');
  const subject = `layer ${at}${facts === '' ? '' : ` (${facts})`}`;
  if (mediaType === undefined || isLayer(mediaType)) {
    return new ArchiveInvalidError(`${subject}: ${error.message}`, { cause: error, hint: error.hint });
  }
  return new UnsupportedError(`${subject} is not part of a filesystem: ${error.message}`, {
    cause: error,
    hint: ARTIFACT_HINT,
  });
}
