import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { differInPlatform, gatheredIndex } from './gathered-index.js';
import type { IndexEntry } from './index-entries.js';
import { isAttestation, matchingImages, namedBy, only, onlyImage, selectImage } from './select-stored.js';
import type { Selection, StoredImage, StoredImages } from './images.js';

/** What lies in one place. */
export interface Collection {
  /** The place, as errors call it. */
  readonly subject: string;
  readonly images: readonly StoredImage[];
  /** What `index.json` leads to. */
  readonly entries: readonly IndexEntry[];
  /** What `index.json` lists; undefined if there is none. */
  readonly index: ImageIndex | undefined;
  readonly close: () => Promise<void>;
}

/** Makes it possible to choose from a collection. */
export function storedImages(collection: Collection): StoredImages {
  const { subject, images, entries, index, close } = collection;

  const stored = (entry: IndexEntry): StoredImage =>
    images.find(({ digest }) => digest === entry.digest) ?? storedImage(entry);
  const imagesBelow = ({ below }: IndexEntry): readonly IndexEntry[] =>
    entries.filter((entry) => entry.isImage && below.includes(entry.digest));

  const find = async (selection: Selection = {}, options: AbortOptions = {}): Promise<Image | ImageIndex> => {
    if (selection.platform !== undefined) return image(selection, options);
    const listed = preferred(entries.filter(entryFilter(selection)), selection);
    if (listed.some((entry) => !entry.isImage && entry.whole)) {
      const entry = only(listed, entries, selection, subject);
      return entry.isImage ? stored(entry).open(options) : entry.open(options);
    }
    // Of an index that lacks some of its images, those that are there.
    const present = listed.flatMap((entry) => (entry.isImage ? [entry] : imagesBelow(entry)));
    const found =
      listed.length > 0
        ? [...new Set(present)].map(stored)
        : await matchingImages(images, selection, options);
    const choices = found.filter((choice) => !isAttestation(choice));
    if (choices.length > 1 && (await belongTogether(choices, selection, options)))
      return gatheredIndex(choices);
    return (await onlyImage(found, images, selection, subject, options)).open(options);
  };

  const image = async (selection: Selection = {}, options: AbortOptions = {}): Promise<Image> => {
    const { digest, ...rest } = selection;
    const entry = digest === undefined ? undefined : entries.find((known) => known.digest === digest);
    if (entry === undefined) {
      // A `manifest.json` lists only what Docker can run; the rest is still there under its name.
      const { tag } = selection;
      const listed =
        tag === undefined || images.some(namedBy(tag)) ? [] : entries.filter(entryFilter({ tag }));
      const named = listed.filter(({ isImage }) => isImage).map(stored);
      const choices = named.length > 0 ? named : images;
      return (await selectImage(choices, selection, subject, options)).open(options);
    }
    const below = entry.isImage ? [entry] : imagesBelow(entry);
    const within = entry.isImage ? subject : `${subject}: index ${entry.digest}`;
    return (await selectImage(below.map(stored), rest, within, options)).open(options);
  };

  return Object.freeze<StoredImages>({
    images,
    find,
    image,
    imageIndex: async (selection = {}, options = {}) => {
      const { tag, digest } = selection;
      if (tag === undefined && digest === undefined) {
        if (images.length === 0 && index === undefined)
          throw new NotFoundError(`${subject}: it holds no image`);
        return index ?? gatheredIndex(images);
      }
      const found = await find({ tag, digest }, options);
      if (isImageIndex(found)) return found;
      throw new NotFoundError(`${subject}: ${(tag ?? digest ?? '').toString()} is an image, not an index`);
    },
    close,
  });
}

/** An entry that is an image, as what can be chosen from. */
export function storedImage(entry: IndexEntry): StoredImage {
  const { tags, digest, platform } = entry;
  return Object.freeze<StoredImage>({
    tags,
    digest,
    platform,
    // The walk found that it is one.
    open: async (options: AbortOptions = {}) => (await entry.open(options)) as Image,
  });
}

/** What a selection without a platform is about: what it names, or everything that `index.json` itself lists. */
function entryFilter({ tag, digest }: Selection): (entry: IndexEntry) => boolean {
  if (tag === undefined && digest === undefined) return ({ top }) => top;
  const named = tag === undefined ? undefined : namedBy(tag);
  return (entry) =>
    (digest === undefined || entry.digest === digest) && (named?.({ tags: entry.ownTags }) ?? true);
}

/** An index comes before what is in it under the same name. */
function preferred(found: readonly IndexEntry[], { tag }: Selection): readonly IndexEntry[] {
  const top = found.filter((entry) => entry.top);
  return tag !== undefined && top.length > 0 ? top : found;
}

/** Whether images are one thing for several platforms: they are called the same. */
async function belongTogether(
  images: readonly StoredImage[],
  { tag, digest }: Selection,
  options: AbortOptions,
): Promise<boolean> {
  if (digest !== undefined) return false;
  const names = new Set(images.map(({ tags }) => [...tags].sort().join(' ')));
  if (tag === undefined && (names.size > 1 || names.has(''))) return false;
  return differInPlatform(images, options);
}
