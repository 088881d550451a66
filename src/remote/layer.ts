import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/abort.js';
import { lazy } from '../internal/lazy.js';
import type { Digest } from '../name/reference.js';
import { compressedToLayer } from '../partial/compressed-layer.js';
import { discard, readCapped } from '../transport/read-capped.js';
import { newHash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { dockerLayer, dockerUncompressedLayer, ociLayerZstd } from '../v1/types.js';
import { type Access, blobName, blobPath } from './access.js';
import { connect, type Connections } from './connections.js';
import { hasBlob, openBlob } from './fetch-blob.js';
import { orNotFound } from './not-found.js';
import type { RemoteOptions } from './options.js';
import { mountSource } from './remote-layer.js';

/**
 * Opens a blob by its digest. Nothing is requested before it is asked for.
 *
 * Without a manifest its size takes a HEAD request, and its media type a look at its first bytes: it is
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
    compressed: async (asked) => openBlob(access, { digest }, asked),
    exists: async (asked) => hasBlob(access, digest, undefined, asked),
    mountFrom: () => mountSource(access),
  });
}

async function blobSize(
  { session, repository }: Access,
  digest: string,
  { signal }: AbortOptions,
): Promise<number> {
  const subject = blobName(repository, digest);
  const { body, headers } = await orNotFound(
    subject,
    session.request({
      method: 'HEAD',
      target: blobPath(repository, digest),
      scopes: [repository.scope('pull')],
      expect: [200],
      signal,
    }),
  );
  discard(body);
  const length = headers['content-length'] ?? '';
  if (/^\d{1,15}$/.test(length)) return Number(length);
  throw new UnsupportedError(`${subject}: the registry does not tell its size`, {
    hint: 'open the image that lists it, whose manifest has the size',
  });
}

async function sniff(
  { session, repository }: Access,
  digest: string,
  { signal }: AbortOptions,
): Promise<MediaType> {
  const { body } = await orNotFound(
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
  const { bytes } = await readCapped(body, 4);
  const magic = bytes.toString('hex');
  if (magic.startsWith('1f8b')) return dockerLayer;
  return magic === '28b52ffd' ? ociLayerZstd : dockerUncompressedLayer;
}
