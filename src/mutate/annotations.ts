import type { Annotations } from '../v1/descriptor.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { annotatedManifest, type AnyManifest } from './views/any-manifest.js';
import { changedImage } from './views/image-view.js';
import { changedIndex } from './views/index-view.js';

/**
 * Adds annotations to the manifest of an image or index, or to any other manifest; those of the same name are replaced.
 *
 * @throws ManifestInvalidError when the result is read, if other than text has the name of annotations.
 */
export function annotations(base: Image, added: Annotations): Image;
export function annotations(base: ImageIndex, added: Annotations): ImageIndex;
export function annotations(base: AnyManifest, added: Annotations): AnyManifest;
export function annotations(base: Image | ImageIndex | AnyManifest, added: Annotations): AnyManifest {
  return annotated(base, (before) => ({ ...before, ...added }));
}

/** Takes annotations off a manifest, as {@link annotations} adds them; names that it does not have are passed over. */
export function removeAnnotations(base: Image, names: Iterable<string>): Image;
export function removeAnnotations(base: ImageIndex, names: Iterable<string>): ImageIndex;
export function removeAnnotations(base: AnyManifest, names: Iterable<string>): AnyManifest;
export function removeAnnotations(
  base: Image | ImageIndex | AnyManifest,
  names: Iterable<string>,
): AnyManifest {
  const removed = new Set(names);
  return annotated(base, (before) => without(before, removed));
}

function annotated(
  base: Image | ImageIndex | AnyManifest,
  change: (before: Annotations) => Annotations,
): AnyManifest {
  const manifest = <T extends { readonly annotations?: Annotations | undefined }>(old: T): T => {
    const { annotations: before = {}, ...rest } = old;
    const after = change(before);
    // The rest of a T, with its optional member made anew.
    return { ...rest, ...(Object.keys(after).length > 0 && { annotations: after }) } as T;
  };
  if (isImageIndex(base)) return changedIndex(base, { manifest });
  return 'configName' in base ? changedImage(base, { manifest }) : annotatedManifest(base, change);
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
