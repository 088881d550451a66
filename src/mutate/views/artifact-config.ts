import { UnsupportedError } from '../../errors/unsupported.js';
import type { MediaType } from '../../v1/media-type.js';

/** The error for a change that needs the config of an image, requested for an artifact. */
export function artifactConfigError(change: string, configType: MediaType): UnsupportedError {
  return new UnsupportedError(
    `${change} needs the config of an image, but this is an artifact, with a config of type ${configType}`,
    { hint: 'make a new artifact with `artifact.push`, which takes a config of any type' },
  );
}
