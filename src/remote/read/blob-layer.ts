import type { AbortOptions } from '../../internal/async/abort.js';
import { consume } from '../../internal/streams/consume.js';
import { lazy } from '../../internal/async/lazy.js';
import { compressedToLayer } from '../../partial/layers/compressed-layer.js';
import { decodersOf } from '../../transport/wire/content-encoding.js';
import { discard, readCapped } from '../../transport/wire/read-capped.js';
import { type Hash, sha256Bytes } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { dockerLayer, dockerUncompressedLayer, ociLayerZstd } from '../../v1/types.js';
import type { RepositoryReader } from '../connection/connection.js';
import { orNotFound } from '../connection/not-found.js';
import { blobName, blobPath } from '../connection/paths.js';
import { askHead } from './ask-head.js';
import { openBlob } from './blob.js';
import { hasBlob, lengthOf } from './has-blob.js';
import { mountSource } from './layer.js';

/** The layer with a digest, of which no manifest gives the size and the media type. */
export function blobLayer(reader: RepositoryReader, digest: Hash): Layer {
  return compressedToLayer({
    digest: async () => digest,
    size: lazy(async ({ signal }) => blobSize(reader, digest, { signal })),
    mediaType: lazy(async ({ signal }) => detectMediaType(reader, digest, { signal })),
    compressed: async (options) => openBlob(reader, { digest }, options),
    exists: async (options) => hasBlob(reader, { digest }, undefined, options),
    mountFrom: () => mountSource(reader),
  });
}

/** The length in the response to HEAD, or else to GET. If neither has it, the blob is downloaded and its bytes are counted. */
async function blobSize(reader: RepositoryReader, digest: Hash, options: AbortOptions): Promise<number> {
  const { repository, session } = reader;
  const request = { target: blobPath(repository, digest), scopes: [repository.scope('pull')] };
  const head = await askHead(reader, { ...request, signal: options.signal });
  const size = head && lengthOf(head);
  // Some registries send the length of the body of the response to HEAD, which is always empty.
  if (size !== undefined && (size > 0 || digest === sha256Bytes(new Uint8Array()))) return size;
  const response = await orNotFound(
    blobName(repository, digest),
    session.request({ ...request, method: 'GET', expect: [200], signal: options.signal }),
  );
  response.body.destroy();
  const length = lengthOf(response);
  if (length !== undefined) return length;
  let counted = 0;
  await consume(
    await openBlob(reader, { digest }, options),
    (chunk) => {
      counted += chunk.byteLength;
      return undefined;
    },
    options,
  );
  return counted;
}

/** Detects the compression from the first four bytes. */
async function detectMediaType(
  reader: RepositoryReader,
  digest: Hash,
  { signal }: AbortOptions,
): Promise<MediaType> {
  const { session, repository } = reader;
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
  // With a content encoding, only the complete blob shows whether the encoding is part of it.
  const isEncoded = decodersOf(part.headers).length > 0;
  if (isEncoded) discard(part.body);
  const content = isEncoded ? await openBlob(reader, { digest }, { signal }) : part.body;
  const { bytes } = await readCapped(content, 4);
  const magic = bytes.toString('hex');
  if (magic.startsWith('1f8b')) return dockerLayer;
  return magic === '28b52ffd' ? ociLayerZstd : dockerUncompressedLayer;
}
