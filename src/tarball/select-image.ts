import { AmbiguousError } from '../errors/ambiguous.js';
import { BadNameError } from '../errors/bad-name.js';
import { NotFoundError } from '../errors/not-found.js';
import type { AbortOptions } from '../internal/abort.js';
import { newTag } from '../name/tag.js';
import type { Platform } from '../v1/platform.js';
import { platformOf, platformSatisfies } from '../v1/platform-match.js';
import type { ArchiveImage, Selection } from './archive.js';

/** The one image that is meant. */
export async function selectImage(
  images: readonly ArchiveImage[],
  { tag, platform }: Selection,
  options: AbortOptions,
): Promise<ArchiveImage> {
  let found = images;
  if (tag !== undefined) {
    const wanted = wantedTag(tag);
    found = found.filter(({ tags }) =>
      tags.some((known) => known === wanted.text || resolved(known) === wanted.name),
    );
  }
  if (platform !== undefined) found = await satisfying(found, platform, options);

  const [only] = found;
  if (only === undefined) {
    const asked = [tag?.toString(), platform && platformText(platform)].filter((part) => part !== undefined);
    const there = images.map(describe).slice(0, 20).join(', ');
    throw new NotFoundError(
      images.length === 0
        ? 'archive: it holds no image'
        : `archive: no image ${asked.join(' for ')}; it holds ${there}`,
    );
  }
  if (found.length > 1) {
    throw new AmbiguousError(`archive: it holds ${found.length} images to choose from`, found.map(describe), {
      hint: 'choose one by `tag` or `platform`',
    });
  }
  return only;
}

/** A tag of an archive need not be well-formed to be asked for as it is written there. */
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

async function satisfying(
  images: readonly ArchiveImage[],
  wanted: Platform,
  options: AbortOptions,
): Promise<readonly ArchiveImage[]> {
  const found: ArchiveImage[] = [];
  for (const image of images) {
    const platform = image.platform ?? platformOf(await (await image.open(options)).configFile(options));
    if (platform !== undefined && platformSatisfies(platform, wanted)) found.push(image);
  }
  return found;
}

function describe({ tags, digest, platform }: ArchiveImage): string {
  const name = tags.length > 0 ? tags.join(' ') : (digest ?? 'one without a tag');
  return platform === undefined ? name : `${name} (${platformText(platform)})`;
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}
