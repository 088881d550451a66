import { collect } from '../internal/streams/collect.js';
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

const MAX_BLOB_BYTES = 64 * 1024 * 1024;

/** How a blob is read into memory. */
export interface BlobOptions extends RemoteOptions {
  /** The most bytes of a blob. @default 64 MiB */
  readonly maxBlobBytes?: number | undefined;
}

/**
 * Downloads a blob into memory, and checks its digest. For a blob of any size, read the stream `compressed()` of
 * {@link layer}.
 *
 * @throws NotFoundError if the registry does not have it.
 * @throws LimitExceededError if it has more than `maxBlobBytes`.
 */
export async function blob(reference: Digest, options: BlobOptions = {}): Promise<Buffer> {
  const { maxBlobBytes = MAX_BLOB_BYTES, signal } = options;
  const opened = await (await layer(reference, options)).compressed({ signal });
  return collect(opened, {
    maxBytes: maxBlobBytes,
    option: 'maxBlobBytes',
    subject: `blob ${reference.name()}`,
    signal,
  });
}
