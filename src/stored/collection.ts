import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { haveDistinctPlatforms, gatheredIndex } from './gathered-index.js';
import type { IndexEntry } from './index-entries.js';
import {
  isAttestation,
  matchingImages,
  hasTag,
  pickSingle,
  pickSingleImage,
  selectImage,
} from './select-image.js';
import type { Selection, StoredImage, StoredImages } from './images.js';

/** The content of one archive or layout. */
export interface Collection {
  /** The archive or layout, as error messages call it. */
  readonly subject: string;
  /** The images that can be selected, in the order of the archive or layout. */
  readonly images: readonly StoredImage[];
  /** All images and indexes that `index.json` leads to. */
  readonly entries: readonly IndexEntry[];
  /** The index in `index.json`; undefined if that file does not exist. */
  readonly index: ImageIndex | undefined;
  /** Releases the files behind the images. */
  readonly close: () => Promise<void>;
}

/** Selects images and indexes from a collection. */
export function storedImages(collection: Collection): StoredImages {
  const { subject, images, entries, index, close } = collection;

  const stored = (entry: IndexEntry): StoredImage =>
    images.find(({ digest }) => digest === entry.digest) ?? storedImage(entry);
  const imagesBelow = ({ below }: IndexEntry): readonly IndexEntry[] =>
    entries.filter((entry) => entry.isImage && below.includes(entry.digest));

  const find = async (selection: Selection = {}, options: AbortOptions = {}): Promise<Image | ImageIndex> => {
    if (selection.platform !== undefined) return image(selection, options);
    const listed = preferTopLevel(entries.filter(entryFilter(selection)), selection);
    if (listed.some((entry) => !entry.isImage && entry.isComplete)) {
      const entry = pickSingle(listed, entries, selection, subject);
      return entry.isImage ? stored(entry).open(options) : entry.open(options);
    }
    // If an index lacks some of its images, the others can still be selected.
    const present = listed.flatMap((entry) => (entry.isImage ? [entry] : imagesBelow(entry)));
    const found =
      listed.length > 0
        ? [...new Set(present)].map(stored)
        : await matchingImages(images, selection, options);
    const choices = found.filter((choice) => !isAttestation(choice));
    if (choices.length > 1 && (await arePlatformsOfOneImage(choices, selection, options)))
      return gatheredIndex(choices);
    return (await pickSingleImage(found, images, selection, subject, options)).open(options);
  };

  const image = async (selection: Selection = {}, options: AbortOptions = {}): Promise<Image> => {
    const { digest, ...rest } = selection;
    const entry = digest === undefined ? undefined : entries.find((known) => known.digest === digest);
    if (entry === undefined) {
      // `manifest.json` lists only what Docker can run. Other entries are found by their name in `index.json`.
      const { tag } = selection;
      const listed =
        tag === undefined || images.some(hasTag(tag)) ? [] : entries.filter(entryFilter({ tag }));
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
    [Symbol.asyncDispose]: close,
  });
}

/** An entry that is an image, as an image that can be selected. */
export function storedImage(entry: IndexEntry): StoredImage {
  const { tags, digest, platform } = entry;
  return Object.freeze<StoredImage>({
    tags,
    digest,
    platform,
    // The caller passes only entries that the walk found to be images.
    open: async (options: AbortOptions = {}) => (await entry.open(options)) as Image,
  });
}

/** Matches the entries that a tag or digest names; without either, the entries that `index.json` itself lists. */
function entryFilter({ tag, digest }: Selection): (entry: IndexEntry) => boolean {
  if (tag === undefined && digest === undefined) return ({ isTopLevel: top }) => top;
  const named = tag === undefined ? undefined : hasTag(tag);
  return (entry) =>
    (digest === undefined || entry.digest === digest) && (named?.({ tags: entry.ownTags }) ?? true);
}

/** If an index and its children have the same name, the index is meant. */
function preferTopLevel(found: readonly IndexEntry[], { tag }: Selection): readonly IndexEntry[] {
  const top = found.filter((entry) => entry.isTopLevel);
  return tag !== undefined && top.length > 0 ? top : found;
}

/** Whether images are one image for several platforms: they have the same names, and their platforms differ. */
async function arePlatformsOfOneImage(
  images: readonly StoredImage[],
  { tag, digest }: Selection,
  options: AbortOptions,
): Promise<boolean> {
  if (digest !== undefined) return false;
  const names = new Set(images.map(({ tags }) => [...tags].sort().join(' ')));
  if (tag === undefined && (names.size > 1 || names.has(''))) return false;
  return haveDistinctPlatforms(images, options);
}
