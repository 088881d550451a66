import { assertReference } from '../../name/assert-name.js';
import { assertContent } from '../../v1/assert-content.js';
import type { Readable } from 'node:stream';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { encodeHeader } from '../../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../internal/tar/format/header.js';
import type { Reference } from '../../name/reference.js';
import { descriptor as descriptorOf, exists } from '../../partial/capabilities.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import { isDistributable, isImage, isIndex, ociImageIndex } from '../../v1/types.js';
import { blobName } from '../read/blobs.js';
import type { FilePlan, PlannedBlob, PlannedFile } from './plan.js';
import { type DockerManifest, dockerManifest } from './docker-manifest.js';
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
}

/**
 * Plans an image layout in a tar, without opening layers. Its last files are `index.json`, and the `manifest.json` from which
 * Docker loads the images that it can run.
 */
export async function planOciArchive(contents: OciContents, options: OciPlanOptions): Promise<FilePlan> {
  const { spools, ...abort } = options;
  const plan = new OciPlan(spools, abort);
  for (const [reference, content] of contents) {
    if (typeof reference !== 'string') assertReference('reference', reference);
    assertContent('content', content);
    await plan.add(reference, content);
  }
  return plan.finish();
}

class OciPlan {
  readonly #files: PlannedFile[] = [];
  /** Digests of the blobs that the archive contains. */
  readonly #planned = new Set<Hash>();
  /** Entries of `index.json`. */
  readonly #entries: Descriptor[] = [];
  readonly #docker: DockerManifest;
  #offset = 0;

  constructor(
    private readonly spools: StreamSpools,
    private readonly options: AbortOptions,
  ) {
    this.#docker = dockerManifest((digest) => this.#planned.has(digest), options);
    this.#addBytes('oci-layout', LAYOUT_FILE);
  }

  async add(reference: Reference | string, content: Image | ImageIndex): Promise<void> {
    if (isImageIndex(content)) await this.#addIndex(content, 1);
    else await this.#addImage(content);
    const isTag = typeof reference !== 'string' && reference.kind === 'tag';
    await this.#docker.add(content, isTag ? repoTag(reference) : undefined);
    const { mediaType, size, digest, platform } = await descriptorOf(content, this.options);
    // The source's descriptor may contain more about the platform, such as the variant, than the config.
    this.#entries.push({
      mediaType,
      size,
      digest,
      ...(platform && { platform }),
      ...nameAnnotations(reference),
    });
  }

  finish(): FilePlan {
    if (this.#entries.length === 0) throw new TypeError('an archive needs at least one image');
    const index = { schemaVersion: 2, mediaType: ociImageIndex, manifests: this.#entries };
    this.#addBytes('index.json', marshalIndexManifest(index));
    const loadable = this.#docker.manifest();
    if (loadable.length > 0) this.#addBytes('manifest.json', marshalArchiveManifest(loadable));
    return { files: this.#files, size: this.#offset + TRAILER.byteLength };
  }

  async #addIndex(index: ImageIndex, depth: number): Promise<void> {
    if (depth > MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
    const { options } = this;
    for (const { digest, mediaType } of (await index.indexManifest(options)).manifests) {
      if (this.#planned.has(digest)) continue;
      if (isImage(mediaType)) await this.#addImage(await index.image(digest, options));
      else if (isIndex(mediaType)) await this.#addIndex(await index.imageIndex(digest, options), depth + 1);
      else if (index.layer !== undefined) await this.#addLayer(await index.layer(digest, options));
      else throw new UnsupportedError(`write ${digest} of type ${mediaType}: the index cannot open it`);
    }
    await this.#addManifest(index);
  }

  async #addImage(image: Image): Promise<void> {
    for (const layer of await image.layers(this.options)) await this.#addLayer(layer);
    const config = await image.configName(this.options);
    this.#addBytes(blobName(config), await image.rawConfigFile(this.options), { digest: config });
    await this.#addManifest(image);
  }

  async #addManifest(content: Image | ImageIndex): Promise<void> {
    const digest = await content.digest(this.options);
    const bytes = await content.rawManifest(this.options);
    this.#addBytes(blobName(digest), bytes, { digest, manifest: true });
  }

  async #addLayer(layer: Layer): Promise<void> {
    const { options } = this;
    const spooled = await this.spools.spoolStreamed(layer, options);
    const digest = await layer.digest(options);
    if (this.#planned.has(digest)) return;
    // A layout need not contain a foreign layer, which clients download from its URLs.
    if (!isDistributable(await layer.mediaType(options)) && !(await exists(layer, options))) return;
    this.#planned.add(digest);
    const content =
      spooled?.open ?? (async (options: AbortOptions): Promise<Readable> => layer.compressed(options));
    this.#addFile({ name: blobName(digest), size: await layer.size(options), blob: { digest }, content });
  }

  #addBytes(name: string, content: Uint8Array, blob?: PlannedBlob): void {
    if (blob !== undefined && this.#planned.has(blob.digest)) return;
    if (blob !== undefined) this.#planned.add(blob.digest);
    this.#addFile({ name, size: content.byteLength, content, blob });
  }

  #addFile(file: Omit<PlannedFile, 'offset'>): void {
    this.#files.push({ ...file, offset: this.#offset });
    this.#offset +=
      encodeHeader({ name: file.name, size: file.size }).byteLength + file.size + paddingOf(file.size);
  }
}

const LAYOUT_FILE = Buffer.from('{"imageLayoutVersion":"1.0.0"}');

/** The annotations that Docker and containerd write: one has the full name, the other only the tag. */
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
