import { newDigest } from '../../name/digest.js';
import { blob as remoteBlob, type BlobOptions, layer } from '../../remote/layer.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { find } from '../locations/find.js';
import type { ImageLocation } from '../names/location.js';
import { type CraneOptions, remoteOptions } from '../names/options.js';

/**
 * Opens an image in a registry or at another location. If the location holds an index, it is the image for `platform`, or
 * for linux/amd64. Layers are downloaded when they are read.
 */
export async function pull(location: ImageLocation, options: CraneOptions = {}): Promise<Image> {
  return (await find(location, options)).image({ signal: options.signal });
}

/** Downloads a blob, named by its repository and digest, into memory; see `remote.blob`. */
export async function blob(
  reference: string,
  options: CraneOptions & Pick<BlobOptions, 'maxBlobBytes'> = {},
): Promise<Buffer> {
  return remoteBlob(newDigest(reference, options), {
    ...remoteOptions(options),
    maxBlobBytes: options.maxBlobBytes,
  });
}

/** Opens a layer, or any other blob, by its repository and digest. The blob is downloaded when it is read. */
export async function pullLayer(reference: string, options: CraneOptions = {}): Promise<Layer> {
  return layer(newDigest(reference, options), remoteOptions(options));
}
