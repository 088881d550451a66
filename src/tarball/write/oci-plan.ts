import type { Readable } from 'node:stream';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { encodeHeader } from '../../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../internal/tar/format/header.js';
import type { Reference } from '../../name/reference.js';
import { descriptor as describe, exists } from '../../partial/capabilities.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import { isDistributable, isImage, isIndex, ociImageIndex } from '../../v1/types.js';
import { blobName } from '../read/blobs.js';
import type { FilePlan, PlannedBlob, PlannedFile } from './plan.js';
import { dockerManifest } from './docker-manifest.js';
import { marshalArchiveManifest } from '../documents/marshal-manifest.js';
import { repoTag } from '../documents/repo-tags.js';
import type { StreamSpools } from './stream-spools.js';

/**
 * The contents of an archive: pairs of a reference, or any other name, and an image, or an index with all its platforms. A
 * reference is written to both annotations that hold references and to `manifest.json`, another name only to
 * `org.opencontainers.image.ref.name`. An empty name is not written.
 */
export type OciContents = Iterable<readonly [Reference | string, Image | ImageIndex]>;

export interface OciPlanOptions extends AbortOptions {
  readonly spools: StreamSpools;
  /** How deeply indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

/**
 * Makes the plan of an image layout in a tar, without opening layers. Last come `index.json`, and the `manifest.json`
 * by which Docker loads those images that it can run.
 */
export async function planOciArchive(contents: OciContents, options: OciPlanOptions): Promise<FilePlan> {
  const { spools, maxDepth = 16, ...rest } = options;
  const files: PlannedFile[] = [];
  const known = new Set<Hash>();
  let offset = 0;
  const addFile = (file: Omit<PlannedFile, 'offset'>): void => {
    files.push({ ...file, offset });
    offset +=
      encodeHeader({ name: file.name, size: file.size }).byteLength + file.size + paddingOf(file.size);
  };
  const addBytes = (name: string, content: Uint8Array, blob?: PlannedBlob): void => {
    if (blob !== undefined && known.has(blob.digest)) return;
    if (blob !== undefined) known.add(blob.digest);
    addFile({ name, size: content.byteLength, content, blob });
  };
  const addLayer = async (layer: Layer): Promise<void> => {
    const spooled = await spools.spoolStreamed(layer, rest);
    const digest = await layer.digest(rest);
    if (known.has(digest)) return;
    // A layout may do without what is downloaded from elsewhere.
    if (!isDistributable(await layer.mediaType(rest)) && !(await exists(layer, rest))) return;
    known.add(digest);
    const content =
      spooled?.open ?? (async (options: AbortOptions): Promise<Readable> => layer.compressed(options));
    addFile({ name: blobName(digest), size: await layer.size(rest), blob: { digest }, content });
  };
  const addManifest = async (of: Image | ImageIndex): Promise<void> => {
    const digest = await of.digest(rest);
    addBytes(blobName(digest), await of.rawManifest(rest), { digest, manifest: true });
  };
  const addImage = async (image: Image): Promise<void> => {
    for (const layer of await image.layers(rest)) await addLayer(layer);
    const config = await image.configName(rest);
    addBytes(blobName(config), await image.rawConfigFile(rest), { digest: config });
    await addManifest(image);
  };
  const addIndex = async (index: ImageIndex, depth: number): Promise<void> => {
    if (depth > maxDepth) throw new LimitExceededError('nesting of indexes', maxDepth, 'maxDepth');
    for (const { digest, mediaType } of (await index.indexManifest(rest)).manifests) {
      if (known.has(digest)) continue;
      if (isImage(mediaType)) await addImage(await index.image(digest, rest));
      else if (isIndex(mediaType)) await addIndex(await index.imageIndex(digest, rest), depth + 1);
      else if (index.layer !== undefined) await addLayer(await index.layer(digest, rest));
      else throw new UnsupportedError(`write ${digest} of type ${mediaType}: the index cannot open it`);
    }
    await addManifest(index);
  };

  addBytes('oci-layout', LAYOUT_FILE);
  const manifests: Descriptor[] = [];
  const loadable = dockerManifest((digest) => known.has(digest), rest);
  for (const [reference, content] of contents) {
    if ('indexManifest' in content) await addIndex(content, 1);
    else await addImage(content);
    const tagged = typeof reference !== 'string' && reference.kind === 'tag';
    await loadable.add(content, tagged ? repoTag(reference) : undefined);
    const { mediaType, size, digest, platform } = await describe(content, rest);
    // An index may say more of a platform, such as the variant, than the config does.
    manifests.push({ mediaType, size, digest, ...(platform && { platform }), ...nameAnnotations(reference) });
  }
  if (manifests.length === 0) throw new TypeError('an archive needs at least one image');
  addBytes('index.json', marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests }));
  const described = loadable.manifest();
  if (described.length > 0) addBytes('manifest.json', marshalArchiveManifest(described));
  return { files, size: offset + TRAILER.byteLength };
}

const LAYOUT_FILE = Buffer.from('{"imageLayoutVersion":"1.0.0"}');

/** As Docker and containerd annotate: the one name whole, the other only with its tag. */
function nameAnnotations(reference: Reference | string): Pick<Descriptor, 'annotations'> {
  if (typeof reference === 'string') {
    return reference === '' ? {} : { annotations: { 'org.opencontainers.image.ref.name': reference } };
  }
  if (reference.kind === 'digest') return {};
  return {
    annotations: {
      'io.containerd.image.name': reference.name().replace(/^index\.docker\.io\//, 'docker.io/'),
      'org.opencontainers.image.ref.name': reference.identifier(),
    },
  };
}
