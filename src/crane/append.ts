import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/abort.js';
import { sniff } from '../internal/compression.js';
import { discard } from '../internal/consume.js';
import { fileSystemError } from '../internal/open-file.js';
import { appendLayers } from '../mutate/append.js';
import { inFamily } from '../mutate/family.js';
import { layerWith } from '../mutate/layer-with.js';
import { layerFromFile } from '../partial/layer-source.js';
import { newLayer } from '../stream/layer.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { dockerLayer, isConfig, ociLayer, ociLayerZstd, ociManifestSchema1 } from '../v1/types.js';
import { windowsLayer } from './windows-layer.js';

/**
 * What is added: a file by its path, `-` for standard input, or a stream, each a tar, plain or compressed; or a layer, such
 * as that of a directory.
 */
export type LayerSource = string | Readable | Layer;

/**
 * Adds layers on top of an image. They get OCI's media types if the image has them, else Docker's, and stay
 * compressed as they are; plain tars are compressed with gzip, and files in zstd have OCI's type for
 * that in any image. Layers for a Windows image are laid out as Windows wants them.
 *
 * A pipe, standard input or stream can be pushed once. The image owns the streams; if this fails, they are destroyed.
 *
 * @throws {@link FileSystemError} if there is no such file.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/crane/append.go
 */
export async function append(
  base: Image,
  sources: Iterable<LayerSource>,
  options: AbortOptions = {},
): Promise<Image> {
  const given = [...sources];
  try {
    const type = (await base.mediaType(options)) === ociManifestSchema1 ? ociLayer : dockerLayer;
    const isWindows = await isForWindows(base, options);
    const layers: Layer[] = [];
    for (const source of given) {
      if (isLayer(source)) {
        layers.push(isWindows ? windowsLayer(source, type) : inBaseFamily(source, type));
        continue;
      }
      const opened = await openOnce(source);
      if (typeof opened === 'string') {
        const layer = await fileLayer(opened, type, options);
        layers.push(isWindows ? windowsLayer(layer, type) : layer);
      } else if (isWindows) {
        discard(opened);
        throw new UnsupportedError('a stream cannot be made a layer for Windows', {
          hint: 'write it to a file first',
        });
      } else {
        layers.push(await streamLayer(opened, type, options));
      }
    }
    return appendLayers(base, layers);
  } catch (error) {
    for (const source of given) if (source instanceof Readable) discard(source);
    throw error;
  }
}

function isLayer(source: LayerSource): source is Layer {
  return typeof source !== 'string' && 'diffId' in source;
}

/** A layer with the media type that the base's family has for it. */
function inBaseFamily(layer: Layer, type: MediaType): Layer {
  const family = type === ociLayer ? 'oci' : 'docker';
  return layerWith(layer, { mediaType: async (o) => inFamily(await layer.mediaType(o), family) });
}

async function isForWindows(image: Image, options: AbortOptions): Promise<boolean> {
  // The config of an artifact says nothing about a platform, if it is JSON at all.
  if (!isConfig((await image.manifest(options)).config.mediaType)) return false;
  return (await image.configFile(options)).os === 'windows';
}

/** Opens what can be read only once; a regular file stays a path. */
async function openOnce(source: string | Readable): Promise<string | Readable> {
  if (source instanceof Readable) return source;
  if (source === '-') return process.stdin;
  try {
    return (await stat(source)).isFile() ? source : createReadStream(source);
  } catch (error) {
    throw fileSystemError('open', source, error);
  }
}

async function fileLayer(path: string, type: MediaType, options: AbortOptions): Promise<Layer> {
  const { compression, stream } = await sniff(createReadStream(path, { end: 3 }), options);
  discard(stream);
  return layerFromFile(path, { mediaType: compression === 'zstd' ? ociLayerZstd : type });
}

async function streamLayer(source: Readable, type: MediaType, options: AbortOptions): Promise<Layer> {
  const { compression, stream } = await sniff(source, options);
  return newLayer(stream, { mediaType: compression === 'zstd' ? ociLayerZstd : type });
}
