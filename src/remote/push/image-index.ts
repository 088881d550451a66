import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import { planOfIndex, progressReporter } from '../../v1/progress.js';
import { isImage, isIndex } from '../../v1/types.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { contentOnce } from './content-once.js';
import { hasManifest } from './has-manifest.js';
import { relinkSubject } from './link-subject.js';
import { pushImage } from './image.js';
import { putManifest, reportManifest } from './put-manifest.js';
import { checkIdentifier, toOutgoingManifest } from './taggable.js';
import { writeBlob } from './blob.js';

/**
 * Pushes an index under a tag, or by its digest if there is no identifier: its children first, in parallel and each one
 * once, then the index. If the registry has the index under this name, nothing is sent.
 */
export async function pushIndex(
  writer: RepositoryWriter,
  index: ImageIndex,
  identifier: string | undefined,
  options: AbortOptions,
  depth = 0,
): Promise<void> {
  if (depth >= MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
  const manifest = await toOutgoingManifest(index, options);
  checkIdentifier(identifier, manifest.digest);
  const target = identifier ?? manifest.digest;
  if (await hasManifest(writer, target, manifest.digest, options)) {
    await relinkSubject(writer, manifest, options);
    reportManifest(writer, manifest, target, 'existing');
    return;
  }
  const push = async (options: AbortOptions): Promise<void> =>
    pushChildren(writer, index, manifest.digest, { target, depth }, options);
  await contentOnce(writer, manifest.digest, push, options);
  await putManifest(writer, manifest, target, options);
}

/** Pushes the children of an index, unless the repository has the index under its digest, and so has its children. */
async function pushChildren(
  writer: RepositoryWriter,
  index: ImageIndex,
  digest: Hash,
  { target, depth }: { readonly target: string; readonly depth: number },
  options: AbortOptions,
): Promise<void> {
  const { manifests } = await index.indexManifest(options);
  const children = [...new Map(manifests.map((child) => [child.digest, child])).values()];
  const [first] = children;
  // If the first child does not exist, the index does not either. The push of that child needs to know it anyway.
  const mayHaveOtherName =
    target !== digest && (first === undefined || (await exists(writer, first, options)));
  if (mayHaveOtherName && (await hasManifest(writer, digest, digest, options))) return;
  const { repository, settings } = writer;
  progressReporter('registry', repository.name(), settings.onProgress).plan(planOfIndex(digest, children));
  await mapLimit(
    children,
    settings.jobs,
    async (child, { signal }) => pushChild(writer, index, child, { signal }, depth),
    options,
  );
}

/** Whether the repository has the manifest of a child. True for children that are neither images nor indexes. */
async function exists(writer: RepositoryWriter, child: Descriptor, options: AbortOptions): Promise<boolean> {
  if (!isImage(child.mediaType) && !isIndex(child.mediaType)) return true;
  return hasManifest(writer, child.digest, child.digest, options);
}

async function pushChild(
  writer: RepositoryWriter,
  index: ImageIndex,
  child: Descriptor,
  options: AbortOptions,
  depth: number,
): Promise<void> {
  const { uploads } = writer.connection;
  const key = `manifest ${child.digest}`;
  if (isIndex(child.mediaType)) {
    const push = async (options: AbortOptions): Promise<void> =>
      pushIndex(writer, await index.imageIndex(child.digest, options), undefined, options, depth + 1);
    return uploads.once(writer.repository, key, push, options);
  }
  if (isImage(child.mediaType)) {
    const push = async (options: AbortOptions): Promise<void> =>
      pushImage(writer, await index.image(child.digest, options), undefined, options);
    return uploads.once(writer.repository, key, push, options);
  }
  if (index.layer === undefined) {
    throw new UnsupportedError(
      `${child.digest} in the index is of type ${child.mediaType}, which its source cannot read`,
    );
  }
  return writeBlob(writer, await index.layer(child.digest, options), options);
}
