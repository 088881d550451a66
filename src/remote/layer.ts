import type { AbortOptions } from '../internal/async/abort.js';
import { consume } from '../internal/streams/consume.js';
import { lazy } from '../internal/async/lazy.js';
import type { Digest } from '../name/reference.js';
import { compressedToLayer } from '../partial/layers/compressed-layer.js';
import { decodersOf } from '../transport/wire/content-encoding.js';
import { discard, readCapped } from '../transport/wire/read-capped.js';
import { type Hash, newHash, sha256Bytes } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { dockerLayer, dockerUncompressedLayer, ociLayerZstd } from '../v1/types.js';
import { type Access, blobName, blobPath } from './connection/paths.js';
import { askHead } from './read/ask-head.js';
import { connect, type Connections } from './connection/connection.js';
import { openBlob } from './read/blob.js';
import { hasBlob, lengthOf } from './read/has-blob.js';
import { orNotFound } from './connection/not-found.js';
import type { RemoteOptions } from './connection/options.js';
import { mountSource } from './read/layer.js';

/**
 * Opens a blob by its digest. Nothing is requested before it is asked for.
 *
 * Without a manifest its size takes a HEAD request, a download where the registry does not tell it, and its media type a look at its first bytes: it is
 * that of a layer in gzip, in zstd or in plain tar.
 */
export async function layer(reference: Digest, options: RemoteOptions = {}): Promise<Layer> {
  return layerWith(connect(options), reference, options);
}

export async function layerWith(
  connections: Connections,
  reference: Digest,
  options: AbortOptions = {},
): Promise<Layer> {
  const access = await connections.access(reference.context(), options);
  const digest = newHash(reference.digestStr());
  return compressedToLayer({
    digest: async () => Promise.resolve(digest),
    size: lazy(async ({ signal }) => blobSize(access, digest, { signal })),
    mediaType: lazy(async ({ signal }) => sniff(access, digest, { signal })),
    compressed: async (options) => openBlob(access, { digest }, options),
    exists: async (options) => hasBlob(access, { digest }, undefined, options),
    mountFrom: () => mountSource(access),
  });
}

/** The length that HEAD or else GET tells; where neither does, the bytes are counted. */
async function blobSize(access: Access, digest: Hash, options: AbortOptions): Promise<number> {
  const { repository, session } = access;
  const place = { target: blobPath(repository, digest), scopes: [repository.scope('pull')] };
  const told = await askHead(access, { ...place, signal: options.signal });
  const size = told && lengthOf(told);
  // Some registries tell by HEAD the length of the body, which is always empty.
  if (size !== undefined && (size > 0 || digest === sha256Bytes(new Uint8Array()))) return size;
  const response = await orNotFound(
    blobName(repository, digest),
    session.request({ ...place, method: 'GET', expect: [200], signal: options.signal }),
  );
  response.body.destroy();
  const length = lengthOf(response);
  if (length !== undefined) return length;
  let counted = 0;
  await consume(
    await openBlob(access, { digest }, options),
    (chunk) => {
      counted += chunk.byteLength;
      return undefined;
    },
    options,
  );
  return counted;
}

async function sniff(access: Access, digest: Hash, { signal }: AbortOptions): Promise<MediaType> {
  const { session, repository } = access;
  const part = await orNotFound(
    blobName(repository, digest),
    session.request({
      method: 'GET',
      target: blobPath(repository, digest),
      scopes: [repository.scope('pull')],
      headers: { range: 'bytes=0-3' },
      expect: [200, 206],
      signal,
    }),
  );
  // Of what is labelled as encoded, only the whole tells which form is meant.
  const encoded = decodersOf(part.headers).length > 0;
  if (encoded) discard(part.body);
  const { bytes } = await readCapped(encoded ? await openBlob(access, { digest }, { signal }) : part.body, 4);
  const magic = bytes.toString('hex');
  if (magic.startsWith('1f8b')) return dockerLayer;
  return magic === '28b52ffd' ? ociLayerZstd : dockerUncompressedLayer;
}
