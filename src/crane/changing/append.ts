import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { tarChecker } from '../../internal/tar/checked-tar.js';
import { decompressed, sniff } from '../../internal/compress/compression.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { type ByteSource, isByteSource, toReadable } from '../../internal/streams/web.js';
import { artifactConfigError } from '../../mutate/views/artifact-config.js';
import { appendLayers } from '../../mutate/append.js';
import { type Family, inFamily } from '../../mutate/views/family.js';
import { slotWithMediaType, slotAsListed } from '../../mutate/layers/slots.js';
import {
  type LayerCompression,
  layerMediaType,
  type LayerCompressionOptions,
} from '../../partial/layers/layer-compression.js';
import { layerFromFile } from '../../partial/layers/layer-source.js';
import { newLayer } from '../../stream/layer.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { isConfig, ociManifestSchema1 } from '../../v1/types.js';
import { imageFrom, type ImageSource } from '../locations/source.js';
import type { CraneOptions } from '../names/options.js';
import { windowsLayer } from './windows-layer.js';

/**
/**
 * A layer to add. It is a tar, plain or compressed, given as a path, as `-` for standard input, or as a stream of Node or of
 * the web or a pack of tar-stream; or it is a finished layer, such as one from `layerFromDirectory`.
 */
export type LayerSource = string | ByteSource | Layer;

/** How plain tars are compressed, and how the base is found. The default is gzip. */
export interface AppendOptions extends CraneOptions, LayerCompressionOptions {
  /** Accepts files and streams that are not tars. No container runtime can unpack such a layer. @default false */
  readonly anyLayer?: boolean | undefined;
}

/**
 * Adds layers on top of an image, or of the image at a location. They get OCI media types if the image has OCI media types,
 * and Docker media types otherwise. Compressed layers stay as they are; a layer in zstd has the OCI media type in every
 * image. Layers for a Windows image are rewritten to the directory structure that Windows expects.
 *
 * An image with a layer from a pipe, standard input or another stream can be pushed only once. The image owns the streams;
 * if this function fails, it destroys them.
 *
 * @throws FileSystemError if a file does not exist.
 * @throws UnsupportedError if a file or stream would become a filesystem layer of an artifact. A layer with a media type of
 *   its own can be added.
 * @throws ArchiveInvalidError if a file does not begin as a tar does. A truncated tar fails when the layer is read.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/crane/append.go
 */
export async function append(
  base: ImageSource,
  sources: Iterable<LayerSource>,
  options: AppendOptions = {},
): Promise<Image> {
  const given = Array.from(sources, (source) => (isByteSource(source) ? toReadable(source) : source));
  try {
    const found = await imageFrom(base, options);
    return appendLayers(found, await layersFor(found, given, options));
  } catch (error) {
    for (const source of given) if (source instanceof Readable) discard(source);
    throw error;
  }
}

/** The layers for an image, with the media types of its family. The caller owns the streams if this fails. */
export async function layersFor(
  base: Image,
  sources: readonly OpenedSource[],
  { signal, compression, compressionLevel, anyLayer }: LayersOptions,
): Promise<readonly Layer[]> {
  const family = (await base.mediaType({ signal })) === ociManifestSchema1 ? 'oci' : 'docker';
  const options: PackOptions = { compression, compressionLevel, anyLayer, family, signal };
  const { config } = await base.manifest({ signal });
  if (!isConfig(config.mediaType) && !sources.every(isLayer)) {
    throw artifactConfigError('a new filesystem layer', config.mediaType);
  }
  const isWindows = await isForWindows(base, { signal });
  const layers: Layer[] = [];
  for (const source of sources)
    layers.push(await (isWindows ? layerForWindows(source, options) : layerOf(source, options)));
  return layers;
}

/** A source whose stream is one of Node. */
type OpenedSource = string | Readable | Layer;

type LayersOptions = AbortOptions & LayerCompressionOptions & Pick<AppendOptions, 'anyLayer'>;

interface PackOptions extends LayersOptions {
  readonly family: Family;
}

async function layerOf(source: OpenedSource, options: PackOptions): Promise<Layer> {
  if (isLayer(source)) return inFamilyOf(source, options.family);
  const opened = await openOnce(source);
  return typeof opened === 'string' ? fileLayer(opened, options) : streamLayer(opened, options);
}

async function layerForWindows(source: OpenedSource, options: PackOptions): Promise<Layer> {
  const opened = isLayer(source) ? source : await openOnce(source);
  if (opened instanceof Readable) {
    discard(opened);
    throw new UnsupportedError('a stream cannot become a layer of a Windows image', {
      hint: 'write it to a file first',
    });
  }
  const { family, compression, compressionLevel } = options;
  return windowsLayer(typeof opened === 'string' ? await fileLayer(opened, options) : opened, {
    mediaType: layerMediaType(compression ?? 'gzip', family),
    compression,
    compressionLevel,
  });
}

function isLayer(source: OpenedSource): source is Layer {
  return typeof source !== 'string' && 'diffId' in source;
}

/** Gives a layer the media type that it has in the base image's family, OCI or Docker. */
function inFamilyOf(layer: Layer, family: Family): Layer {
  return slotWithMediaType(slotAsListed(layer), (type) => inFamily(type, family)).layer;
}

async function isForWindows(image: Image, options: AbortOptions): Promise<boolean> {
  // The config of an artifact has no platform, and need not even be JSON.
  if (!isConfig((await image.manifest(options)).config.mediaType)) return false;
  return (await image.configFile(options)).os === 'windows';
}

/** Opens a source that can be read only once. A regular file stays a path. */
async function openOnce(source: string | Readable): Promise<string | Readable> {
  if (typeof source !== 'string') return source;
  if (source === '-') return process.stdin;
  try {
    return (await stat(source)).isFile() ? source : ignoreLateErrors(createReadStream(source));
  } catch (error) {
    throw fileSystemError('open', source, error);
  }
}

async function fileLayer(path: string, options: PackOptions): Promise<Layer> {
  const { compression, stream } = await sniff(ignoreLateErrors(createReadStream(path, { end: 3 })), {
    signal: options.signal,
  });
  discard(stream);
  if (options.anyLayer !== true) await assertTar(path, options.signal);
  return layerFromFile(path, packOptions(compression, options));
}

/** Checks the first block of a file, so that a file that is not a tar is refused before any other work. */
async function assertTar(path: string, signal: AbortSignal | undefined): Promise<void> {
  const tar = await decompressed(ignoreLateErrors(createReadStream(path)), { signal });
  const watch = tarChecker(path);
  for await (const chunk of tar as AsyncIterable<Buffer>) {
    watch.take(chunk);
    return;
  }
}

async function streamLayer(source: Readable, options: PackOptions): Promise<Layer> {
  const { compression, stream } = await sniff(source, { signal: options.signal });
  return newLayer(stream, packOptions(compression, options));
}

/** How a layer is packed: one that is already compressed stays as it is and gets the media type of its compression. */
function packOptions(
  detected: LayerCompression,
  { compression = 'gzip', compressionLevel, family, anyLayer }: PackOptions,
) {
  const mediaType = layerMediaType(detected === 'none' ? compression : detected, family);
  return { compression, compressionLevel, mediaType, anyLayer };
}
