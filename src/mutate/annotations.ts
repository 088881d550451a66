import type { Annotations } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { changedImage } from './image-view.js';
import { changedIndex } from './index-view.js';

/** Adds annotations to the manifest of an image or index; those of the same name are replaced. */
export function annotations(base: Image, added: Annotations): Image;
export function annotations(base: ImageIndex, added: Annotations): ImageIndex;
export function annotations(base: Image | ImageIndex, added: Annotations): Image | ImageIndex {
  const manifest = <T extends { readonly annotations?: Annotations | undefined }>(old: T): T => ({
    ...old,
    annotations: { ...old.annotations, ...added },
  });
  return 'indexManifest' in base ? changedIndex(base, { manifest }) : changedImage(base, { manifest });
}
