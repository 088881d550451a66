import type { AbortOptions } from '../internal/async/abort.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { type Limiter, limiter, mapLimit } from '../internal/async/limit.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { decodeIndexManifest } from '../v1/documents/decode-manifest.js';
import { platformOf } from '../v1/platform-match.js';
import { isConfig, isDistributable, isImage, isIndex } from '../v1/types.js';
import {
  prefixFindings,
  attempt,
  compare,
  type Findings,
  nameWithDigest,
  throwFindings,
} from './findings.js';
import { findInImage } from './image.js';
import { findInLayer } from './layer.js';
import { findInManifest, type HasManifest } from './manifest.js';
import type { ValidateIndexOptions } from './options.js';
import { comparePlatforms } from './platform.js';

/**
 * Checks that an index is consistent, and everything that it lists: images, nested indexes, and other blobs that its
 * source can read. Content that is listed several times is read once.
 *
 * @throws ValidationError with all findings.
 */
export async function index(subject: ImageIndex, options: ValidateIndexOptions = {}): Promise<void> {
  const { jobs = 4, maxDepth = MAX_INDEX_DEPTH } = options;
  const validation = { options, jobs, maxDepth, queue: limiter(jobs), seen: new Set<Hash>() };
  const findings = await keepingSpools(async () => findInIndex(subject, validation, 1));
  throwFindings(await nameWithDigest('index', subject, options), findings);
}

/** State that all levels of one validation share. */
interface IndexValidation {
  readonly options: ValidateIndexOptions;
  readonly jobs: number;
  readonly maxDepth: number;
  /** Bounds how many layers are read at the same time, on all levels together. */
  readonly queue: Limiter;
  readonly seen: Set<Hash>;
}

async function findInIndex(index: ImageIndex, validation: IndexValidation, depth: number): Promise<Findings> {
  const { options, jobs, maxDepth } = validation;
  if (depth > maxDepth) return [`indexes nest deeper than ${maxDepth}: raise maxDepth if they are trusted`];
  const manifest = await attempt('index manifest', options, async (options) => index.indexManifest(options));
  if (manifest.value === undefined) return manifest.findings;
  const children = await mapLimit(
    manifest.value.manifests,
    jobs,
    async (child, { index: at }) =>
      prefixFindings(`child ${at} (${child.digest})`, await findInChild(index, child, validation, depth)),
    options,
  );
  return [...children.flat(), ...(await findInManifest(index, manifest.value, decodeIndexManifest, options))];
}

async function findInChild(
  index: ImageIndex,
  child: Descriptor,
  validation: IndexValidation,
  depth: number,
): Promise<Findings> {
  const { options, queue, seen } = validation;
  const isNew = !seen.has(child.digest);
  seen.add(child.digest);
  if (isIndex(child.mediaType)) {
    const nested = await attempt('index', options, async (options) =>
      index.imageIndex(child.digest, options),
    );
    if (nested.value === undefined) return nested.findings;
    return [
      ...(isNew ? await findInIndex(nested.value, validation, depth + 1) : []),
      ...(await compareListed(child, nested.value, options)),
    ];
  }
  if (isImage(child.mediaType)) {
    const image = await attempt('image', options, async (options) => index.image(child.digest, options));
    if (image.value === undefined) return image.findings;
    return [
      ...(isNew ? await findInImage(image.value, options, queue) : []),
      ...(await compareListed(child, image.value, options)),
      ...(await findInPlatform(child, image.value, options)),
    ];
  }
  return isNew ? findInBlob(index, child, validation) : [];
}

/** Compares the descriptor in the index with the child. */
async function compareListed(
  child: Descriptor,
  found: HasManifest,
  options: AbortOptions,
): Promise<Findings> {
  const mediaType = await attempt('media type', options, async (options) => found.mediaType(options));
  const digest = await attempt('digest', options, async (options) => found.digest(options));
  const size = await attempt('size', options, async (options) => found.size(options));
  return [
    ...compare('media type in the index', child.mediaType, mediaType.value),
    ...compare('digest in the index', child.digest, digest.value),
    ...compare('size in the index', child.size, size.value),
  ];
}

async function findInPlatform(child: Descriptor, image: Image, options: AbortOptions): Promise<Findings> {
  const { platform } = child;
  if (platform === undefined) return [];
  // A manifest or config that cannot be read is a finding of the image already.
  const config = await attempt('config', options, async (options) =>
    isConfig((await image.manifest(options)).config.mediaType) ? image.configFile(options) : undefined,
  );
  if (config.value === undefined) return [];
  return prefixFindings('platform', comparePlatforms(platform, platformOf(config.value)));
}

/** Validates a child that is not a manifest, if the index can open it. */
async function findInBlob(
  index: ImageIndex,
  child: Descriptor,
  validation: IndexValidation,
): Promise<Findings> {
  const { options, queue } = validation;
  if (index.layer === undefined || !isDistributable(child.mediaType)) return [];
  const blob = await attempt('blob', options, async (options) => index.layer?.(child.digest, options));
  if (blob.value === undefined) return blob.findings;
  const layer = blob.value;
  return queue(async () => findInLayer(layer, options), options);
}
