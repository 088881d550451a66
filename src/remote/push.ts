import type { AbortOptions } from '../internal/async/abort.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import type { Reference } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { connect, type Connections } from './connection/connection.js';
import type { RemoteOptions } from './connection/options.js';
import { pushImage } from './push/image.js';
import { pushIndex } from './push/image-index.js';
import { startRun } from './push/run.js';
import { putManifest } from './push/put-manifest.js';
import { dependent, outgoing, type Taggable } from './push/taggable.js';

/**
 * Pushes an image, an index, or what `get` gave, with everything it consists of; of anything else, its
 * manifest. See {@link write} for what is sent, and when.
 */
export async function push(
  reference: Reference,
  taggable: Taggable,
  options: RemoteOptions = {},
): Promise<void> {
  return pushWith(connect(options), reference, taggable, options);
}

/**
 * Pushes an image.
 *
 * Blobs that the repository has are not read; those of other repositories of the same registry are mounted;
 * the others are sent, `jobs` at a time and largest first. The manifest is put last, so the reference never
 * names an image that is not whole. A push of what is there already is one request. The first failure stops the rest.
 *
 * @throws {@link StreamConsumedError} for a one-shot layer that was read before.
 */
export async function write(reference: Reference, image: Image, options: RemoteOptions = {}): Promise<void> {
  return pushWith(connect(options), reference, image, options);
}

/** Pushes an index and all its children, as {@link write} does an image: children first. */
export async function writeIndex(
  reference: Reference,
  index: ImageIndex,
  options: RemoteOptions = {},
): Promise<void> {
  return pushWith(connect(options), reference, index, options);
}

export async function pushWith(
  connections: Connections,
  reference: Reference,
  taggable: Taggable,
  options: AbortOptions,
): Promise<void> {
  return keepingSpools(async () => {
    const run = await startRun(connections, reference.context(), options);
    const identifier = reference.identifier();
    const asked = { signal: options.signal };
    const parts = await dependent(taggable, asked);
    if (parts === undefined) return putManifest(run, await outgoing(taggable, asked), identifier, asked);
    return 'index' in parts
      ? pushIndex(run, parts.index, identifier, asked)
      : pushImage(run, parts.image, identifier, asked);
  });
}

/**
 * Puts the manifest of something whose blobs are there already. One request.
 *
 * @throws {@link TransportError} if the registry misses something that the manifest lists.
 */
export async function put(
  reference: Reference,
  taggable: Taggable,
  options: RemoteOptions = {},
): Promise<void> {
  return putWith(connect(options), reference, taggable, options);
}

export async function putWith(
  connections: Connections,
  reference: Reference,
  taggable: Taggable,
  options: AbortOptions,
): Promise<void> {
  const run = await startRun(connections, reference.context(), options);
  const asked = { signal: options.signal };
  return putManifest(run, await outgoing(taggable, asked), reference.identifier(), asked);
}
