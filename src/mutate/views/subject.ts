import { assertContent } from '../../v1/assert-content.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { changedImage } from './image-view.js';
import { changedIndex } from './index-view.js';

/** Sets the `subject` of an image or index: the manifest to which it refers, as signatures and SBOMs do. */
export function subject(base: Image, descriptor: Descriptor): Image;
export function subject(base: ImageIndex, descriptor: Descriptor): ImageIndex;
export function subject(base: Image | ImageIndex, descriptor: Descriptor): Image | ImageIndex {
  assertContent('base', base);
  const manifest = <T extends { readonly subject?: Descriptor | undefined }>(old: T): T => ({
    ...old,
    subject: descriptor,
  });
  return isImageIndex(base) ? changedIndex(base, { manifest }) : changedImage(base, { manifest });
}
