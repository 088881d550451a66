import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { tarChecker } from '../../internal/tar/checked-tar.js';
import { decompressed, sniff } from '../../internal/compress/compression.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { fileSystemError } from '../../internal/files/open-file.js';
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
import { windowsLayer } from './windows-layer.js';

/**
 * What is added: a file by its path, `-` for standard input, or a stream, each a tar, plain or compressed; or a layer, such
 * as that of a directory.
 */
export type LayerSource = string | Readable | Layer;

/** How plain tars are compressed; by default with gzip. */
export interface AppendOptions extends AbortOptions, LayerCompressionOptions {
  /** Takes files and streams that are no tars, too, which no runtime can unpack. @default false */
  readonly anyLayer?: boolean | undefined;
}

/**
 * Adds layers on top of an image. They get OCI's media types if the image has them, else Docker's, and stay
 * compressed as they are; layers in zstd have OCI's type for
 * that in any image. Layers for a Windows image are laid out as Windows wants them.
 *
 * A pipe, standard input or stream can be pushed once. The image owns the streams; if this fails, they are destroyed.
 *
 * @throws {@link FileSystemError} if there is no such file.
 * @throws {@link ArchiveInvalidError} for a file that does not begin as a tar; through the layer, for one that is cut.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/crane/append.go
 */
export async function append(
  base: Image,
  sources: Iterable<LayerSource>,
  { signal, ...compress }: AppendOptions = {},
): Promise<Image> {
  const given = [...sources];
  try {
    const family = (await base.mediaType({ signal })) === ociManifestSchema1 ? 'oci' : 'docker';
    const how: HowToPack = { ...compress, family, signal };
    const isWindows = await isForWindows(base, { signal });
    const layers: Layer[] = [];
    for (const source of given) {
      const layer = await (isWindows ? layerForWindows(source, how) : layerOf(source, how));
      layers.push(layer);
    }
    return appendLayers(base, layers);
  } catch (error) {
    for (const source of given) if (source instanceof Readable) discard(source);
    throw error;
  }
}

interface HowToPack extends AppendOptions {
  readonly family: Family;
}

async function layerOf(source: LayerSource, how: HowToPack): Promise<Layer> {
  if (isLayer(source)) return inFamilyOf(source, how.family);
  const opened = await openOnce(source);
  return typeof opened === 'string' ? fileLayer(opened, how) : streamLayer(opened, how);
}

async function layerForWindows(source: LayerSource, how: HowToPack): Promise<Layer> {
  const opened = isLayer(source) ? source : await openOnce(source);
  if (opened instanceof Readable) {
    discard(opened);
    throw new UnsupportedError('a stream cannot be made a layer for Windows', {
      hint: 'write it to a file first',
    });
  }
  const { family, compression, compressionLevel } = how;
  return windowsLayer(typeof opened === 'string' ? await fileLayer(opened, how) : opened, {
    mediaType: layerMediaType(compression ?? 'gzip', family),
    compression,
    compressionLevel,
  });
}

function isLayer(source: LayerSource): source is Layer {
  return typeof source !== 'string' && 'diffId' in source;
}

/** A layer with the media type that the base's family has for it. */
function inFamilyOf(layer: Layer, family: Family): Layer {
  return slotWithMediaType(slotAsListed(layer), (type) => inFamily(type, family)).layer;
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
    return (await stat(source)).isFile() ? source : ignoreLateErrors(createReadStream(source));
  } catch (error) {
    throw fileSystemError('open', source, error);
  }
}

async function fileLayer(path: string, how: HowToPack): Promise<Layer> {
  const { compression, stream } = await sniff(ignoreLateErrors(createReadStream(path, { end: 3 })), {
    signal: how.signal,
  });
  discard(stream);
  if (how.anyLayer !== true) await refuseOther(path, how.signal);
  return layerFromFile(path, packing(compression, how));
}

/** Looks at the first block, so that what is not a tar at all is refused before anything else is done. */
async function refuseOther(path: string, signal: AbortSignal | undefined): Promise<void> {
  const tar = await decompressed(ignoreLateErrors(createReadStream(path)), { signal });
  const watch = tarChecker(path);
  for await (const chunk of tar as AsyncIterable<Buffer>) {
    watch.take(chunk);
    return;
  }
}

async function streamLayer(source: Readable, how: HowToPack): Promise<Layer> {
  const { compression, stream } = await sniff(source, { signal: how.signal });
  return newLayer(stream, packing(compression, how));
}

/** What is compressed already stays so, and has the media type for it. */
function packing(
  found: LayerCompression,
  { compression = 'gzip', compressionLevel, family, anyLayer }: HowToPack,
) {
  const mediaType = layerMediaType(found === 'none' ? compression : found, family);
  return { compression, compressionLevel, mediaType, anyLayer };
}
