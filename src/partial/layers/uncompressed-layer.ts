import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { verified } from '../../internal/streams/verify.js';
import type { Hash } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { abilities, isFullLayer } from './abilities.js';
import type { UncompressedLayer } from './cores.js';
import { layerMediaType, type LayerCompressionOptions } from './layer-compression.js';
import { guardStream, openStream } from './open-stream.js';
import { compressTar, type StoredForm } from './stored-form.js';

/**
 * Makes a layer of a source of a plain tar.
 *
 * The first call of `digest`, `size` or `compressed` compresses the tar into a spool: memory, or beyond half a MiB an
 * unlinked temporary file. Later calls read the spool. If more than a few layers have such files and nothing is being
 * written, the least recently used files are closed; their bytes are made again from the tar when they are read. If the
 * core knows the tar's diff ID, every read is checked against it.
 */
export function uncompressedToLayer(core: UncompressedLayer, options: LayerCompressionOptions = {}): Layer {
  const mediaType = layerMediaType(options.compression ?? 'gzip', 'docker');
  return widenUncompressed(core, { ...options, mediaType });
}

/** Facts about a layer that its image knows. */
export interface TarHints extends LayerCompressionOptions {
  /** Used if the core has no media type. */
  readonly mediaType: MediaType;
  readonly diffId?: Hash | undefined;
}

/** As {@link uncompressedToLayer}, with the facts that the image knows. */
export function widenUncompressed(core: UncompressedLayer, hints: TarHints): Layer {
  if (isFullLayer(core)) return core;
  const { compression, compressionLevel, mediaType } = hints;

  const knownDiffId = async (options?: AbortOptions): Promise<Hash | undefined> =>
    hints.diffId ?? core.diffId?.(options);
  const open = async (options?: AbortOptions): Promise<Readable> =>
    openStream(core.uncompressed.bind(core), options);
  const form = lazy(async ({ signal }): Promise<StoredForm> => {
    const diffId = await knownDiffId({ signal });
    if (compression === 'none' && diffId !== undefined && core.uncompressedSize !== undefined) {
      // Everything is known without reading. The tar is checked when it is read.
      const size = await core.uncompressedSize({ signal });
      return { digest: diffId, size, diffId, uncompressedSize: size };
    }
    return compressTar(open, {
      compression,
      compressionLevel,
      diffId,
      signal,
    });
  });
  const uncompressed = async (options?: AbortOptions): Promise<Readable> => {
    const digest = await knownDiffId(options);
    const tar = await open(options);
    return digest === undefined
      ? tar
      : guardStream(verified(tar, { digest, subject: `layer with diff ID ${digest}` }), options);
  };

  return Object.freeze<Layer>({
    uncompressedSize: async (options) => (await form(options)).uncompressedSize,
    ...abilities(core),
    digest: async (options) => (await form(options)).digest,
    size: async (options) => (await form(options)).size,
    diffId: async (options) => (await knownDiffId(options)) ?? (await form(options)).diffId,
    mediaType: async (options) => core.mediaType?.(options) ?? mediaType,
    compressed: async (options) => {
      const { reopen, digest, size } = await form(options);
      if (reopen !== undefined) return reopen(options);
      return guardStream(
        verified(await open(options), { digest, size, subject: `layer ${digest}` }),
        options,
      );
    },
    uncompressed,
  });
}
