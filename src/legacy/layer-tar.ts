import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { decompressed } from '../internal/compress/compression.js';
import { spool } from '../internal/files/spool.js';
import type { TarWriter } from '../internal/tar/tar.js';
import { isVerifiedAs } from '../internal/streams/verified-mark.js';
import { verified } from '../internal/streams/verify.js';
import { exists } from '../partial/capabilities.js';
import type { StreamSpools } from '../tarball/write/stream-spools.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { isDistributable } from '../v1/types.js';

/** A layer, and the function that opens its tar. */
export interface ReadableLayer {
  readonly layer: Layer;
  readonly open: (options: AbortOptions) => Promise<Readable>;
}

/**
 * The layers of an image, the base first. One-shot streams are read into spools, because the name of a layer in the archive is
 * made from its digest and precedes its content.
 */
export async function readableLayers(
  image: Image,
  spools: StreamSpools,
  options: AbortOptions,
): Promise<readonly ReadableLayer[]> {
  const readable: ReadableLayer[] = [];
  for (const layer of await image.layers(options)) {
    const spooled = await spools.spoolStreamed(layer, options);
    readable.push({
      layer,
      open:
        spooled === undefined
          ? async (options) => layer.uncompressed(options)
          : async (options) => decompressed(await spooled.open(options), options),
    });
  }
  return readable;
}

/**
 * Writes a layer's tar, verified against its diff ID. A foreign layer whose content the source does not have is left out. The
 * size precedes the tar in an archive, and the size of a compressed layer's tar is known only after it was decompressed, so
 * such a layer is spooled.
 */
export async function writeLayerTar(
  { layer, open }: ReadableLayer,
  diffId: Hash,
  name: string,
  tar: TarWriter,
  options: AbortOptions,
): Promise<void> {
  if (!isDistributable(await layer.mediaType(options)) && !(await exists(layer, options))) return;
  const size = await layer.uncompressedSize?.(options);
  const content = verifiedTar(diffId, await open(options));
  if (size !== undefined) {
    await tar.add({ name, size }, content);
    return;
  }
  const plain = await spool(content, options);
  try {
    await tar.add({ name, size: plain.size }, plain.open());
  } finally {
    await plain.close();
  }
}

/** Verifies a layer's tar. This library's sources verify their streams already, but a layer may come from another source. */
function verifiedTar(digest: Hash, stream: Readable): Readable {
  if (isVerifiedAs(stream, digest)) return stream;
  return verified(stream, { digest, subject: `layer with diff ID ${digest}` });
}
