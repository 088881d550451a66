import { newDigest } from '../../name/digest.js';
import { layer } from '../../remote/layer.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { find } from '../locations/find.js';
import type { Place } from '../locations/location.js';
import { type CraneOptions, remoteOptions } from '../locations/options.js';

/**
 * Opens an image in a registry, or at another place; of an index, the image for `platform` or linux/amd64. Layers are
 * downloaded when they are read.
 */
export async function pull(place: Place, options: CraneOptions = {}): Promise<Image> {
  return (await find(place, options)).image({ signal: options.signal });
}

/** Opens a layer, or any other blob, by its repository and digest. Nothing is downloaded before it is read. */
export async function pullLayer(reference: string, options: CraneOptions = {}): Promise<Layer> {
  return layer(newDigest(reference, options), remoteOptions(options));
}
