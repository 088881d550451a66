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

/** Takes annotations off the manifest of an image or index; names that it does not have are passed over. */
export function removeAnnotations(base: Image, names: Iterable<string>): Image;
export function removeAnnotations(base: ImageIndex, names: Iterable<string>): ImageIndex;
export function removeAnnotations(base: Image | ImageIndex, names: Iterable<string>): Image | ImageIndex {
  const removed = new Set(names);
  const manifest = <T extends { readonly annotations?: Annotations | undefined }>(old: T): T => {
    const { annotations: before = {}, ...rest } = old;
    const kept = without(before, removed);
    // The rest of a T, with its optional member made anew.
    return { ...rest, ...(Object.keys(kept).length > 0 && { annotations: kept }) } as T;
  };
  return 'indexManifest' in base ? changedIndex(base, { manifest }) : changedImage(base, { manifest });
}

/** Takes labels out of the config of an image; names that it does not have are passed over. */
export function removeLabels(base: Image, names: Iterable<string>): Image {
  const removed = new Set(names);
  return changedImage(base, {
    config: ({ config, ...file }) => {
      const { Labels: before, ...rest } = config;
      const kept = without(before ?? {}, removed);
      return { ...file, config: { ...rest, ...(Object.keys(kept).length > 0 && { Labels: kept }) } };
    },
  });
}

function without(map: Readonly<Record<string, string>>, names: ReadonlySet<string>): Record<string, string> {
  // Neither this nor a spread takes a key such as __proto__ for more than a key.
  return Object.fromEntries(Object.entries(map).filter(([name]) => !names.has(name)));
}
