import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { mapLimit } from '../../internal/async/limit.js';
import { collect } from '../../internal/streams/collect.js';
import { layerFromDirectory } from '../../crane/files/layer-from-directory.js';
import { compressedToImage } from '../../partial/compressed-image.js';
import { bytesLayer } from '../../partial/layers/bytes-layer.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import { CONFIG_MAX_BYTES } from '../../v1/documents/decode-document.js';
import { type Hash, sha256Bytes } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { ociEmptyJson, ociLayer, ociManifestSchema1, ociUncompressedLayer } from '../../v1/types.js';
import { type ContentBlob, contentBlob, fileBlob, isDirectory } from './content-blob.js';
import {
  type ArtifactDefinition,
  type CheckedDefinition,
  checkedDefinition,
  type CheckedFile,
  discardStreams,
} from './definition.js';
import { artifactManifestJson } from './manifest-json.js';
import { CONTENT_DIGEST, TITLE, UNPACK } from './title.js';

/** Options of {@link create}. */
export interface CreateOptions extends AbortOptions {
  /** Number of files that are read at the same time. @default 4 */
  readonly jobs?: number | undefined;
  /** Cap on the config's size in bytes. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/** The type of an artifact without type and config, as in oras. */
const UNKNOWN_TYPE = 'application/vnd.unknown.artifact.v1';
const UNKNOWN_CONFIG = 'application/vnd.unknown.config.v1+json';
const CREATED = 'org.opencontainers.image.created';

const EMPTY_JSON = Buffer.from('{}');
/** Stands for the config of an artifact without one, and for the only file of an artifact without files. */
const EMPTY: Descriptor = Object.freeze({
  mediaType: ociEmptyJson,
  digest: sha256Bytes(EMPTY_JSON),
  size: EMPTY_JSON.byteLength,
  data: EMPTY_JSON.toString('base64'),
});

/**
 * Makes an artifact as an image, without pushing it: to save it to a layout, or to add it to an index. Its layers are the
 * files, as they are.
 *
 * Streams and the config are read at once. Files on the disk are read when the digest of the artifact or their content is
 * first read, and must not change until then. The content of streams is freed together with the image.
 *
 * @throws TypeError that names the wrong argument.
 * @throws UnsafePathError if a title leads out of the directory of a pull.
 * @throws FileSystemError if a path does not exist.
 */
export async function create(definition: ArtifactDefinition, options: CreateOptions = {}): Promise<Image> {
  const checked = checkedDefinition(definition);
  try {
    return (await assemble(checked, options)).image;
  } catch (error) {
    discardStreams(definition);
    throw error;
  }
}

/** An artifact, and how to free the content of its streams. */
export interface Assembled {
  readonly image: Image;
  readonly close: () => Promise<void>;
}

/** A file, and how the manifest lists it. */
interface FileEntry {
  readonly layer: Layer;
  readonly annotations: Annotations;
  readonly isPacked: boolean;
}

/** Reads the streams of a definition and makes the artifact. If it fails, the caller destroys streams that were not read. */
export async function assemble(
  definition: CheckedDefinition,
  { signal, jobs = 4, maxConfigBytes = CONFIG_MAX_BYTES }: CreateOptions,
): Promise<Assembled> {
  const annotations = { [CREATED]: timeNow(), ...definition.annotations };
  const opened: ContentBlob[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map(async (blob) => blob.close?.()));
  };
  const keep = (blob: ContentBlob): Layer => {
    opened.push(blob);
    return blob.layer;
  };
  const { config, files } = definition;
  try {
    // All streams are read at the same time, because they may be branches of one stream.
    const [first, ...entries] = await mapLimit(
      [config, ...files],
      files.length + 1,
      async (file, { signal }) => file && entryOf(file, file === config, keep, { signal }),
      { signal },
    );
    const readConfig = await configOf(first, config, maxConfigBytes, { signal });
    const listed = entries.filter((entry) => entry !== undefined);
    const rawManifest = lazy(async ({ signal }) => {
      const layers = await mapLimit(listed, jobs, descriptorOf, { signal });
      return artifactManifestJson({
        type: definition.type ?? (config === undefined ? UNKNOWN_TYPE : undefined),
        config: readConfig.descriptor,
        layers: layers.length === 0 ? [EMPTY] : layers,
        subject: definition.subject,
        annotations,
      });
    });
    const image = compressedToImage(
      {
        mediaType: async () => ociManifestSchema1,
        rawManifest: async (options) => rawManifest(options),
        rawConfigFile: async () => readConfig.bytes,
        layerByDigest: async (digest, _descriptor, options) => layerWith(digest, listed, options),
      },
      { maxConfigBytes },
    );
    return { image, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function entryOf(
  file: CheckedFile,
  isConfig: boolean,
  keep: (blob: ContentBlob) => Layer,
  options: AbortOptions,
): Promise<FileEntry> {
  const { source, title, argument } = file;
  const annotations = { ...(title !== undefined && { [TITLE]: title }), ...file.annotations };
  const mediaType = file.mediaType ?? (isConfig ? UNKNOWN_CONFIG : ociUncompressedLayer);
  if ('content' in source) {
    const layer = keep(await contentBlob(source.content, argument, mediaType, options));
    return { layer, annotations, isPacked: false };
  }
  const { path } = source;
  if (!(await isDirectory(path))) return { layer: fileBlob(path, mediaType), annotations, isPacked: false };
  if (isConfig) throw new TypeError('config.path must be the path of a file, not of a directory');
  const layer = packedDirectory(path, title ?? '.', file.mediaType ?? ociLayer);
  return { layer, annotations, isPacked: true };
}

/** Packs a directory as oras does: all names begin with the title. */
function packedDirectory(path: string, title: string, mediaType: MediaType): Layer {
  return layerFromDirectory(path, {
    target: title,
    includeRoot: true,
    ignoreFile: false,
    // oras resolves the target of a hard link from its own working directory.
    hardLinks: 'copy',
    mediaType,
  });
}

async function descriptorOf(
  { layer, annotations, isPacked }: FileEntry,
  options: AbortOptions,
): Promise<Descriptor> {
  const listed = isPacked
    ? { [CONTENT_DIGEST]: await layer.diffId(options), [UNPACK]: 'true', ...annotations }
    : annotations;
  return {
    mediaType: await layer.mediaType(options),
    digest: await layer.digest(options),
    size: await layer.size(options),
    ...(Object.keys(listed).length > 0 && { annotations: listed }),
  };
}

interface ReadConfig {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

async function configOf(
  entry: FileEntry | undefined,
  config: CheckedFile | undefined,
  maxBytes: number,
  options: AbortOptions,
): Promise<ReadConfig> {
  if (entry === undefined || config === undefined) return { descriptor: EMPTY, bytes: EMPTY_JSON };
  const limits = { maxBytes, option: 'maxConfigBytes', subject: 'artifact: the size of the config' };
  const bytes = await collect(await entry.layer.compressed(options), { ...limits, ...options });
  const read = bytesLayer(bytes, async (options) => entry.layer.mediaType(options));
  return { descriptor: await descriptorOf({ ...entry, layer: read }, options), bytes };
}

async function layerWith(
  digest: Hash,
  entries: readonly FileEntry[],
  options?: AbortOptions,
): Promise<Layer> {
  for (const { layer } of entries) {
    if ((await layer.digest(options)) === digest) return layer;
  }
  throw new TypeError(`blob ${digest} is listed but was not kept`);
}

/** The current time in whole seconds, as oras writes it. */
function timeNow(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
