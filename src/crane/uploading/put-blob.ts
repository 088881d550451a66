import type { Readable } from 'node:stream';
import { wrongArgument } from '../../internal/arguments.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { type Spool, spool } from '../../internal/files/spool.js';
import { type ByteSource, discardByteSource, isByteSource, toReadable } from '../../internal/streams/web.js';
import { fileSource } from '../../partial/layers/file-source.js';
import { compressedToLayer } from '../../partial/layers/compressed-layer.js';
import { writeLayer } from '../../remote/write-layer.js';
import { newLayer as bytesLayer } from '../../static/layer.js';
import { sha256 } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { type CraneOptions, remoteOptions, repositoryOf } from '../names/options.js';
import type { Pushed } from '../locations/pushed.js';

/** The content of a blob: bytes, a stream of Node or of the web, or a file. */
export type BlobContent = Uint8Array | ByteSource | { readonly path: string };

/** What a blob is called in the result. */
export interface PutBlobOptions extends CraneOptions {
  /**
   * The media type in the result, for the descriptor that will list the blob. A registry does not store it.
   *
   * @default application/octet-stream
   */
  readonly mediaType?: MediaType | undefined;
}

/**
 * Uploads content as a blob, byte for byte, unless the repository has it already. No manifest lists it yet, so a registry
 * may delete it when it collects garbage.
 *
 * A file is read twice, once for its digest. A stream is read into a spool (memory, or a temporary file), and always
 * destroyed.
 *
 * @returns the reference by digest, and the digest, media type and size of a descriptor.
 * @throws SourceChangedError if the file changes between the two reads.
 * @throws TypeError if the content is neither bytes, a stream nor an object with a path.
 */
export async function putBlob(
  repository: string,
  content: BlobContent,
  options: PutBlobOptions = {},
): Promise<Pushed> {
  const { mediaType = 'application/octet-stream', ...craneOptions } = options;
  const { signal } = craneOptions;
  let kept: Spool | undefined;
  try {
    const target = repositoryOf(repository, craneOptions);
    if (isByteSource(content)) kept = await spool(toReadable(content), { signal });
    const blob = kept === undefined ? blobOf(content, mediaType) : spooledLayer(kept, mediaType);
    await writeLayer(target, blob, remoteOptions(craneOptions));
    const digest = await blob.digest({ signal });
    return { reference: target.digest(digest).name(), digest, mediaType, size: await blob.size({ signal }) };
  } finally {
    if (isByteSource(content)) discardByteSource(content);
    await kept?.close();
  }
}

function blobOf(content: unknown, mediaType: MediaType): Layer {
  if (content instanceof Uint8Array) return bytesLayer(content, mediaType);
  if (
    typeof content === 'object' &&
    content !== null &&
    'path' in content &&
    typeof content.path === 'string'
  )
    return storedLayer(fileSource(content.path), mediaType);
  throw wrongArgument('content', content, 'a Uint8Array, a stream or an object with a `path`');
}

function spooledLayer(kept: Spool, mediaType: MediaType): Layer {
  return storedLayer(() => kept.open(), mediaType);
}

/** A layer of bytes that can be opened any number of times. The first pass finds digest and size. */
function storedLayer(
  open: (options?: AbortOptions) => Readable | Promise<Readable>,
  mediaType: MediaType,
): Layer {
  const read = lazy(async (options) => sha256(await open(options)));
  return compressedToLayer({
    digest: async (options) => (await read(options)).hash,
    size: async (options) => (await read(options)).size,
    mediaType: async () => mediaType,
    compressed: async (options) => open(options),
  });
}
