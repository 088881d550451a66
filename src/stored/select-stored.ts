import { AmbiguousError } from '../errors/ambiguous.js';
import { ContainerError } from '../errors/base.js';
import { BadNameError } from '../errors/invalid/name.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { newTag } from '../name/tag.js';
import type { Platform } from '../v1/platform.js';
import { platformOf, platformSatisfies } from '../v1/platform-match.js';
import type { Selection, StoredImage } from './images.js';

/** What can be named and listed. */
export type Choice = Pick<StoredImage, 'tags' | 'digest' | 'platform'>;

/** The one image that is meant. */
export async function selectImage(
  images: readonly StoredImage[],
  selection: Selection,
  subject: string,
  options: AbortOptions,
): Promise<StoredImage> {
  return onlyImage(await matchingImages(images, selection, options), images, selection, subject, options);
}

/** As {@link only}, of images: where several are left, the error says what each is for. */
export async function onlyImage(
  found: readonly StoredImage[],
  all: readonly Choice[],
  selection: Selection,
  subject: string,
  options: AbortOptions,
): Promise<StoredImage> {
  if (found.length < 2) return only(found, all, selection, subject);
  const known = await Promise.all(
    found.map(async (image, at) => (at < MOST_SHOWN ? withPlatform(image, options) : image)),
  );
  return only(known, all, selection, subject);
}

async function withPlatform(image: StoredImage, options: AbortOptions): Promise<StoredImage> {
  if (image.platform !== undefined) return image;
  try {
    return { ...image, platform: platformOf(await (await image.open(options)).configFile(options)) };
  } catch (error) {
    // One that is damaged is a choice, too.
    if (error instanceof ContainerError) return image;
    throw error;
  }
}

/** All images that fit. */
export async function matchingImages(
  images: readonly StoredImage[],
  { tag, digest, platform }: Selection,
  options: AbortOptions,
): Promise<readonly StoredImage[]> {
  let found = tag === undefined ? images : images.filter(namedBy(tag));
  if (digest !== undefined) found = await withDigest(found, digest, options);
  return platform === undefined ? found : satisfying(found, platform, options);
}

/** The one that was found. Attestations are no choice, unless there is nothing else. */
export function only<T extends Choice>(
  found: readonly T[],
  all: readonly Choice[],
  selection: Selection,
  subject: string,
): T {
  const choices = found.length > 1 ? found.filter((choice) => !isAttestation(choice)) : found;
  const [first, second] = choices.length === 0 ? found : choices;
  if (first === undefined) throw notThere(all, selection, subject);
  if (second === undefined) return first;
  throw new AmbiguousError(
    `${subject}: it holds ${choices.length} images to choose from`,
    choices.map(describe),
    {
      hint: 'choose one by `tag`, `digest` or `platform`',
    },
  );
}

/** Whether a tag names something, whichever way it is spelled. */
export function namedBy(tag: NonNullable<Selection['tag']>): (choice: Pick<Choice, 'tags'>) => boolean {
  const wanted = wantedTag(tag);
  return ({ tags }) =>
    tags.some(
      (known) => known === wanted.text || (wanted.name !== undefined && resolved(known) === wanted.name),
    );
}

/** BuildKit lists what it says of an image as another image, for no platform. */
export function isAttestation({ platform }: Pick<Choice, 'platform'>): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

/** Such as `app:v1 sha256:... (linux/arm64)`. */
export function describe({ tags, digest, platform }: Choice): string {
  const names = [...tags, ...(digest === undefined ? [] : [digest])];
  const name = names.length > 0 ? names.join(' ') : 'one without a tag';
  return platform === undefined ? name : `${name} (${platformText(platform)})`;
}

function notThere(all: readonly Choice[], selection: Selection, subject: string): NotFoundError {
  if (all.length === 0) return new NotFoundError(`${subject}: it holds no image`);
  const { tag, digest, platform } = selection;
  const options = [
    [tag?.toString(), digest].filter((part) => part !== undefined).join(' '),
    platform && platformText(platform),
  ].filter((part) => part !== undefined && part !== '');
  const there = all.map(describe).slice(0, MOST_SHOWN).join(', ');
  return new NotFoundError(`${subject}: no image ${options.join(' for ')}; it holds ${there}`);
}

const MOST_SHOWN = 20;

/** A tag that is stored need not be well-formed to be asked for as it is written there. */
function wantedTag(tag: NonNullable<Selection['tag']>): {
  readonly text: string;
  readonly name: string | undefined;
} {
  if (typeof tag !== 'string') return { text: tag.toString(), name: tag.name() };
  return { text: tag, name: resolved(tag) };
}

/** There are several ways to spell one tag. Undefined for what is none. */
function resolved(text: string): string | undefined {
  try {
    return newTag(text).name();
  } catch (error) {
    if (error instanceof BadNameError) return undefined;
    throw error;
  }
}

async function withDigest(
  images: readonly StoredImage[],
  wanted: string,
  options: AbortOptions,
): Promise<readonly StoredImage[]> {
  const known = images.filter(({ digest }) => digest === wanted);
  if (known.length > 0) return known;
  const found: StoredImage[] = [];
  // A manifest that is made for plain tars has its digest only when they have been compressed.
  for (const image of images) {
    if (image.digest === undefined && (await (await image.open(options)).digest(options)) === wanted)
      found.push(image);
  }
  return found;
}

async function satisfying(
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
