import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import { isImage, isIndex } from '../../v1/types.js';
import { hasManifest } from './has-manifest.js';
import { relinkSubject } from './link-subject.js';
import { pushImage } from './image.js';
import { putManifest, report } from './put-manifest.js';
import { checkIdentifier, outgoing } from './taggable.js';
import { type PushRun, writeBlob } from './write-blob.js';

/** How deep indexes may nest. */

/**
 * Pushes an index under a tag, or by its digest if there is no identifier: children first, side by side, each
 * one once; the index itself last. Ends at once if the registry has it there already.
 */
export async function pushIndex(
  run: PushRun,
  index: ImageIndex,
  identifier: string | undefined,
  options: AbortOptions,
  depth = 0,
): Promise<void> {
  if (depth >= MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
  const manifest = await outgoing(index, options);
  checkIdentifier(identifier, manifest.digest);
  const target = identifier ?? manifest.digest;
  if (await hasManifest(run, target, manifest.digest, options)) {
    await relinkSubject(run, manifest, options);
    report(run, manifest, target, 'existing');
    return;
  }
  const { manifests } = await index.indexManifest(options);
  const children = [...new Map(manifests.map((child) => [child.digest, child])).values()];
  const [first] = children;
  // A first child that is missing tells, without a request of its own, that the index is not there either.
  const maybeElsewhere =
    target !== manifest.digest && (first === undefined || (await isThere(run, first, options)));
  if (!maybeElsewhere || !(await hasManifest(run, manifest.digest, manifest.digest, options))) {
    await mapLimit(
      children,
      run.access.settings.jobs,
      async (child, { signal }) => pushChild(run, index, child, { signal }, depth),
      options,
    );
  }
  await putManifest(run, manifest, target, options);
}

/** Whether the repository has a child's manifest; of other children that is not asked. */
async function isThere(run: PushRun, child: Descriptor, options: AbortOptions): Promise<boolean> {
  if (!isImage(child.mediaType) && !isIndex(child.mediaType)) return true;
  return hasManifest(run, child.digest, child.digest, options);
}

async function pushChild(
  run: PushRun,
  index: ImageIndex,
  child: Descriptor,
  options: AbortOptions,
  depth: number,
): Promise<void> {
  const { uploads } = run.connections;
  if (isIndex(child.mediaType)) {
    const push = async (options: AbortOptions): Promise<void> =>
      pushIndex(run, await index.imageIndex(child.digest, options), undefined, options, depth + 1);
    return uploads.once(run.access.repository, `manifest ${child.digest}`, push, options);
  }
  if (isImage(child.mediaType)) {
    const push = async (options: AbortOptions): Promise<void> =>
      pushImage(run, await index.image(child.digest, options), undefined, options);
    return uploads.once(run.access.repository, `manifest ${child.digest}`, push, options);
  }
  if (index.layer === undefined) {
    throw new UnsupportedError(
      `${child.digest} in the index is of type ${child.mediaType}, which its source cannot read`,
    );
  }
  return writeBlob(run, await index.layer(child.digest, options), options);
}
