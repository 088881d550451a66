import type { ByteSource } from '../../internal/streams/web.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { AmbiguousError } from '../../errors/ambiguous.js';
import { BadNameError } from '../../errors/invalid/name.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { keepingSpools } from '../../internal/files/kept-spools.js';
import { mapLimit } from '../../internal/async/limit.js';
import { withPlatforms } from '../../mutate/views/with-platforms.js';
import type { Reference, Tag } from '../../name/reference.js';
import { newTag } from '../../name/tag.js';
import type { Selection, StoredImages } from '../../stored/images.js';
import { push as pushRemote } from '../../remote/push.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { isIndex } from '../../v1/types.js';
import { describePushed, type Pushed } from './pushed.js';
import { open, type OpenOptions, openOptions } from './open.js';
import { sharedConnection } from '../names/shared-connection.js';
import { type CraneOptions, nameOptions, platformOf, referenceOf, remoteOptions } from '../names/options.js';

/** What to push from an archive or a layout. */
export interface PushFromOptions extends CraneOptions, Pick<Selection, 'tag' | 'digest'> {
  /** Pushes everything that the source holds, or the index that is selected, as one index. @default false */
  readonly index?: boolean | undefined;
  /**
   * See {@link open}. Docker 25 and later save images from the classic image store uncompressed. Such layers are compressed
   * for the registry, as `docker push` does, unless the image is selected by its digest.
   *
   * @default `compressed`, or true with `digest`
   */
  readonly originalManifest?: OpenOptions['originalManifest'];
}

/**
 * Pushes an image or index from the disk, in any form that {@link open} knows. If the source holds several, `tag`, `digest`
 * and `platform` select one. Images for several platforms that share a tag are pushed as an index.
 *
 * @throws NotFoundError if nothing matches; the error lists the images that exist.
 * @throws AmbiguousError if several images match; the error lists them.
 */
export async function pushFrom(
  source: string | ByteSource,
  reference: string,
  options: PushFromOptions = {},
): Promise<Pushed> {
  const target = referenceOf(reference, options);
  const { tag, digest, platform, index, signal } = options;
  const stored = await openFor(source, options);
  try {
    const selection = { tag, digest, platform: platformOf(platform) };
    const content =
      index === true
        ? await indexOf(stored, { tag, digest }, { signal })
        : await findOne(stored, selection, source, options);
    return await pushAs(content, target, options);
  } finally {
    await stored.close();
  }
}

/**
 * The index to push. An index that is selected keeps its bytes, and so does the list of a layout that contains indexes. If
 * the list contains only images, they become one image for several platforms, and each descriptor needs a platform.
 */
async function indexOf(
  stored: StoredImages,
  { tag, digest }: Selection,
  options: AbortOptions,
): Promise<ImageIndex> {
  const index = await stored.imageIndex({ tag, digest }, options);
  if (tag !== undefined || digest !== undefined) return index;
  const { manifests } = await index.indexManifest(options);
  return manifests.some(({ mediaType }) => isIndex(mediaType)) ? index : withPlatforms(index);
}

async function findOne(
  stored: StoredImages,
  selection: Selection,
  source: string | ByteSource,
  { signal }: CraneOptions,
): Promise<Image | ImageIndex> {
  try {
    return await stored.find(selection, { signal });
  } catch (error) {
    if (!(error instanceof AmbiguousError)) throw error;
    const { choices } = error;
    const subject = typeof source === 'string' ? source : 'stream';
    throw new AmbiguousError(`${subject}: it holds ${choices.length} images to choose from`, choices, {
      cause: error,
      hint: 'choose one by `tag`, `digest` or `platform`, or push them together as one with `index`',
    });
  }
}

/** Options of {@link pushTags}. */
export interface PushTagsOptions extends Omit<PushFromOptions, 'tag' | 'digest' | 'index'> {
  /**
   * Receives the references from the archive or layout, before anything is sent. If it throws or rejects, nothing is pushed.
   */
  readonly onReferences?: ((references: readonly string[]) => void | Promise<void>) | undefined;
}

/**
 * Pushes every tagged image and index in an archive or a layout to the reference that its tag names.
 *
 * @throws NotFoundError if no tag is a full reference, with a repository.
 */
export async function pushTags(
  source: string | ByteSource,
  { onReferences, ...options }: PushTagsOptions = {},
): Promise<readonly Pushed[]> {
  const { signal, platform: platformOption, jobs, originalManifest: _manifest, ...rest } = options;
  const platform = platformOf(platformOption);
  const stored = await openFor(source, options);
  try {
    const tags = fullyQualifiedTags(stored, options);
    if (tags.size === 0) {
      throw new NotFoundError('no image has a tag that names a repository to push to', {
        hint: 'name the reference to push to',
      });
    }
    await onReferences?.(Array.from(tags.values(), (tag) => tag.name()));
    // All pushes share one ping, one token and one upload of each blob.
    const reuse = sharedConnection([...tags.keys()], { ...rest, jobs });
    const shared = { ...rest, jobs, signal, reuse };
    return await keepingSpools(async () =>
      mapLimit(
        [...tags.values()],
        jobs ?? 4,
        async (tag, { signal: taskSignal }) =>
          pushAs(await stored.find({ tag, platform }, { signal: taskSignal }), tag, {
            ...shared,
            signal: taskSignal,
          }),
        { signal },
      ),
    );
  } finally {
    await stored.close();
  }
}

async function openFor(source: string | ByteSource, options: PushFromOptions): Promise<StoredImages> {
  const { digest, originalManifest = digest === undefined ? 'compressed' : true } = options;
  return open(source, { ...openOptions(options), originalManifest });
}

async function pushAs(
  content: Image | ImageIndex,
  target: Reference,
  options: CraneOptions,
): Promise<Pushed> {
  const { signal } = options;
  await pushRemote(target, content, remoteOptions(options));
  return describePushed(content, (digest) => target.context().digest(digest).name(), { signal });
}

/** The tags that name a repository, by their full names. A layout may also have short tags such as `v1`. */
function fullyQualifiedTags({ images }: StoredImages, options: CraneOptions): ReadonlyMap<string, Tag> {
  const found = new Map<string, Tag>();
  for (const text of images.flatMap(({ tags }) => tags)) {
    if (!/[:/]/.test(text)) continue;
    try {
      const tag = newTag(text, nameOptions(options));
      found.set(tag.name(), tag);
    } catch (error) {
      // The caller can push an image with an invalid tag by naming a reference.
      if (!(error instanceof BadNameError)) throw error;
    }
  }
  return found;
}
