import type { Reference } from '../../name/reference.js';
import { compareUtf8 } from '../../internal/json/go-json.js';
import type { Image } from '../../v1/image.js';

/** An image with the tags it is saved under; null if it was named by digests only. */
export interface TaggedImage {
  readonly image: Image;
  readonly tags: readonly string[] | null;
}

/** References with the images they name; one image object may have several. */
export type ImagesByReference = Iterable<readonly [Reference, Image]>;

/**
 * Groups references by image object and sorts tags and images, so that the order of the input does
 * not show in the archive.
 */
export function taggedImages(references: ImagesByReference): readonly TaggedImage[] {
  const tagsOf = new Map<Image, string[] | null>();
  for (const [reference, image] of references) {
    const known = tagsOf.get(image) ?? null;
    tagsOf.set(image, reference.kind === 'tag' ? [...(known ?? []), repoTag(reference)] : known);
  }
  if (tagsOf.size === 0) throw new TypeError('an archive needs at least one image');
  const images = [...tagsOf].map(([image, tags]) => ({
    image,
    tags: tags && [...new Set(tags)].sort(compareUtf8),
  }));
  return images.sort((a, b) => compareUtf8(a.tags?.join(',') ?? '', b.tags?.join(',') ?? ''));
}

/** The user's own spelling; but Docker loads no image whose tag is not written out. */
export function repoTag(tag: Reference): string {
  const text = tag.toString();
  return tag.identifier() === 'latest' && !text.endsWith(':latest') ? `${text}:latest` : text;
}
