import type { Readable } from 'node:stream';
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
import { newPusher } from '../../remote/pusher.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { isIndex } from '../../v1/types.js';
import { open, type OpenOptions, openOptions } from './open.js';
import { type CraneOptions, platformOf, referenceOf, remoteOptions } from './options.js';

export interface PushFromOptions extends CraneOptions, Pick<Selection, 'tag' | 'digest'> {
  /** Pushes all that there is, or the index that is selected, as one index. @default false */
  readonly index?: boolean | undefined;
  /**
   * As in {@link open}. What Docker 25 and later save from the classic store is compressed for a registry, as
   * `docker push` does it, unless an image is chosen by its digest.
   *
   * @default `compressed`, or true with `digest`
   */
  readonly originalManifest?: OpenOptions['originalManifest'];
}

/** What was pushed, or written elsewhere. */
export interface Pushed {
  /** The repository with the digest; outside of registries the place. */
  readonly reference: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
}

/**
 * Pushes what lies on the disk, in any form that {@link open} knows: the image or index that `tag`, `digest` or
 * `platform` selects, or the only one. Images with one tag for several platforms are pushed as an index.
 *
 * @throws {@link NotFoundError} if there is none; it lists what there is.
 * @throws {@link AmbiguousError} if there are several; it lists them.
 */
export async function pushFrom(
  source: string | Readable,
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
 * The index to push. One that lies there keeps its bytes, and so does a list of whole indexes. Images that lie side by
 * side become one image for several platforms, in which each has to tell its own.
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
  source: string | Readable,
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

/**
 * Pushes everything on the disk that has a tag, each to the place that its tag names.
 *
 * @throws {@link NotFoundError} if nothing there is tagged with a whole reference.
 */
export async function pushTags(
  source: string | Readable,
  options: Omit<PushFromOptions, 'tag' | 'digest' | 'index'> = {},
): Promise<readonly Pushed[]> {
  const { signal, platform: asked, jobs, originalManifest: _manifest, ...rest } = options;
  const platform = platformOf(asked);
  const stored = await openFor(source, options);
  try {
    const tags = wholeTags(stored, options);
    if (tags.size === 0) {
      throw new NotFoundError('nothing there has a tag that tells where to push it', {
        hint: 'name the reference to push to',
      });
    }
    // One ping, one token and one upload of a blob for all of it.
    const shared = { ...rest, jobs, signal, reuse: newPusher(remoteOptions({ ...rest, jobs })) };
    return await keepingSpools(async () =>
      mapLimit(
        [...tags.values()],
        jobs ?? 4,
        async (tag, { signal: own }) =>
          pushAs(await stored.find({ tag, platform }, { signal: own }), tag, { ...shared, signal: own }),
        { signal },
      ),
    );
  } finally {
    await stored.close();
  }
}

async function openFor(source: string | Readable, options: PushFromOptions): Promise<StoredImages> {
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
  // Only now: that of plain tars is known when they were compressed.
  const digest = await content.digest({ signal });
  return {
    reference: target.context().digest(digest).name(),
    digest,
    mediaType: await content.mediaType({ signal }),
    size: await content.size({ signal }),
  };
}

/** Tags that say where they belong, by their full names: layouts have also some that are a mere `v1`. */
function wholeTags({ images }: StoredImages, options: CraneOptions): ReadonlyMap<string, Tag> {
  const { strict, insecure, defaultRegistry, defaultTag } = options;
  const found = new Map<string, Tag>();
  for (const text of images.flatMap(({ tags }) => tags)) {
    if (!/[:/]/.test(text)) continue;
    try {
      const tag = newTag(text, { strict, insecure, defaultRegistry, defaultTag });
      found.set(tag.name(), tag);
    } catch (error) {
      // What cannot be pushed by its tag may be named by hand.
      if (!(error instanceof BadNameError)) throw error;
    }
  }
  return found;
}
