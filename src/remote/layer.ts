import type { Digest } from '../name/reference.js';
import type { Layer } from '../v1/layer.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Opens a blob by its digest. Sends no request before its content, size or media type is needed.
 *
 * Without a manifest, the size takes a HEAD request, or a download if the registry does not report it. The media type
 * takes a request for the first bytes: it is that of a layer in gzip, in zstd or without compression.
 */
export async function layer(reference: Digest, options: RemoteOptions = {}): Promise<Layer> {
  return newPuller(options).layer(reference, options);
}
