import { assertReference } from '../../name/assert-name.js';
import { assertImage } from '../../v1/assert-content.js';
import type { Reference } from '../../name/reference.js';
import { compareUtf8 } from '../../internal/json/go-json.js';
import type { Image } from '../../v1/image.js';

/** An image with the tags under which it is saved; null if only digests name it. */
export interface TaggedImage {
  readonly image: Image;
  readonly tags: readonly string[] | null;
}

/** Pairs of a reference and the image that it names; several references may name one image object. */
export type ImagesByReference = Iterable<readonly [Reference, Image]>;

/**
 * Groups references by image object, and sorts tags and images, so that the archive does not depend on the order of the
 * input.
 */
export function taggedImages(references: ImagesByReference): readonly TaggedImage[] {
  const tagsOf = new Map<Image, string[] | null>();
  for (const [reference, image] of references) {
    assertReference('reference', reference);
    assertImage('image', image);
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

/** The tag as the user spelled it, with `:latest` if that is implied: Docker does not load an image without an explicit tag. */
export function repoTag(tag: Reference): string {
  const text = tag.toString();
  return tag.identifier() === 'latest' && !text.endsWith(':latest') ? `${text}:latest` : text;
}
