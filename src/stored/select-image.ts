import { AmbiguousError } from '../errors/ambiguous.js';
import { ContainerError } from '../errors/base.js';
import { BadNameError } from '../errors/invalid/name.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { newTag } from '../name/tag.js';
import type { Platform } from '../v1/platform.js';
import { platformOf, platformSatisfies } from '../v1/platform-match.js';
import type { Selection, StoredImage } from './images.js';

/** The facts about an image by which a user can choose it. */
export type Choice = Pick<StoredImage, 'tags' | 'digest' | 'platform'>;

/**
 * The one image that matches a selection.
 *
 * @throws NotFoundError if no image matches.
 * @throws AmbiguousError if several images match.
 */
export async function selectImage(
  images: readonly StoredImage[],
  selection: Selection,
  subject: string,
  options: AbortOptions,
): Promise<StoredImage> {
  return pickSingleImage(
    await matchingImages(images, selection, options),
    images,
    selection,
    subject,
    options,
  );
}

/**
 * As {@link pickSingle}, but opens images of unknown platform if several match, so that the error names their
 * platforms.
 */
export async function pickSingleImage(
  found: readonly StoredImage[],
  all: readonly Choice[],
  selection: Selection,
  subject: string,
  options: AbortOptions,
): Promise<StoredImage> {
  if (found.length < 2) return pickSingle(found, all, selection, subject);
  const known = await Promise.all(
    found.map(async (image, at) => (at < MAX_LISTED ? withPlatform(image, options) : image)),
  );
  return pickSingle(known, all, selection, subject);
}

async function withPlatform(image: StoredImage, options: AbortOptions): Promise<StoredImage> {
  if (image.platform !== undefined) return image;
  try {
    return { ...image, platform: platformOf(await (await image.open(options)).configFile(options)) };
  } catch (error) {
    // A damaged image is still listed, without a platform.
    if (error instanceof ContainerError) return image;
    throw error;
  }
}

/** All images that match a selection. */
export async function matchingImages(
  images: readonly StoredImage[],
  { tag, digest, platform }: Selection,
  options: AbortOptions,
): Promise<readonly StoredImage[]> {
  let found = tag === undefined ? images : images.filter(hasTag(tag));
  if (digest !== undefined) found = await imagesWithDigest(found, digest, options);
  return platform === undefined ? found : imagesForPlatform(found, platform, options);
}

/**
 * The single match. Attestations are ignored, unless nothing else was found.
 *
 * @param all - what the error lists if nothing was found.
 * @throws NotFoundError if nothing was found.
 * @throws AmbiguousError if several were found.
 */
export function pickSingle<T extends Choice>(
  found: readonly T[],
  all: readonly Choice[],
  selection: Selection,
  subject: string,
): T {
  const choices = found.length > 1 ? found.filter((choice) => !isAttestation(choice)) : found;
  const [first, second] = choices.length === 0 ? found : choices;
  if (first === undefined) throw noSuchImage(all, selection, subject);
  if (second === undefined) return first;
  throw new AmbiguousError(
    `${subject}: it holds ${choices.length} images to choose from`,
    choices.map(describeChoice),
    {
      hint: 'choose one by `tag`, `digest` or `platform`',
    },
  );
}

/** Matches images with this tag, in any spelling of it. */
export function hasTag(tag: NonNullable<Selection['tag']>): (choice: Pick<Choice, 'tags'>) => boolean {
  const wanted = parseWantedTag(tag);
  return ({ tags }) =>
    tags.some(
      (known) => known === wanted.text || (wanted.name !== undefined && canonicalTag(known) === wanted.name),
    );
}

/** Whether an image is an attestation: BuildKit lists attestations as images for the platform `unknown/unknown`. */
export function isAttestation({ platform }: Pick<Choice, 'platform'>): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

/** Text for messages, such as `app:v1 sha256:... (linux/arm64)`. */
export function describeChoice({ tags, digest, platform }: Choice): string {
  const names = [...tags, ...(digest === undefined ? [] : [digest])];
  const name = names.length > 0 ? names.join(' ') : 'an image without a tag';
  return platform === undefined ? name : `${name} (${platformText(platform)})`;
}

function noSuchImage(all: readonly Choice[], selection: Selection, subject: string): NotFoundError {
  if (all.length === 0) return new NotFoundError(`${subject}: it holds no image`);
  const { tag, digest, platform } = selection;
  const options = [
    [tag?.toString(), digest].filter((part) => part !== undefined).join(' '),
    platform && platformText(platform),
  ].filter((part) => part !== undefined && part !== '');
  const held = all.map(describeChoice).slice(0, MAX_LISTED).join(', ');
  return new NotFoundError(`${subject}: no image ${options.join(' for ')}; it holds ${held}`);
}

const MAX_LISTED = 20;

/** Stored names need not be valid tags. Text that is not a valid tag matches only a stored name that is equal to it. */
function parseWantedTag(tag: NonNullable<Selection['tag']>): {
  readonly text: string;
  readonly name: string | undefined;
} {
  if (typeof tag !== 'string') return { text: tag.toString(), name: tag.name() };
  return { text: tag, name: canonicalTag(tag) };
}

/** The full name of a tag, which is the same for all its spellings; undefined for text that is not a valid tag. */
function canonicalTag(text: string): string | undefined {
  try {
    return newTag(text).name();
  } catch (error) {
    if (error instanceof BadNameError) return undefined;
    throw error;
  }
}

async function imagesWithDigest(
  images: readonly StoredImage[],
  wanted: string,
  options: AbortOptions,
): Promise<readonly StoredImage[]> {
  const known = images.filter(({ digest }) => digest === wanted);
  if (known.length > 0) return known;
  const found: StoredImage[] = [];
  // The manifest of an image of plain tars is made on demand. Its digest is known only when all layers have been
  // compressed.
  for (const image of images) {
    if (image.digest === undefined && (await (await image.open(options)).digest(options)) === wanted)
      found.push(image);
  }
  return found;
}

async function imagesForPlatform(
  images: readonly StoredImage[],
  wanted: Platform,
  options: AbortOptions,
): Promise<readonly StoredImage[]> {
  const found: StoredImage[] = [];
  for (const image of images) {
    const platform = image.platform ?? platformOf(await (await image.open(options)).configFile(options));
    if (platform !== undefined && platformSatisfies(platform, wanted)) found.push(image);
  }
  return found;
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}
