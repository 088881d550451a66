import { assertMethods } from '../internal/arguments.js';
import type { Annotations } from '../v1/descriptor.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { annotatedManifest, type AnyManifest } from './views/any-manifest.js';
import { changedImage } from './views/image-view.js';
import { changedIndex } from './views/index-view.js';

/**
 * Adds annotations to the manifest of an image or index, or to any other manifest. An annotation of the same name is
 * replaced.
 *
 * @throws ManifestInvalidError when the result is read, if the old annotations are not an object of strings.
 */
export function annotations(base: Image, added: Annotations): Image;
export function annotations(base: ImageIndex, added: Annotations): ImageIndex;
export function annotations(base: AnyManifest, added: Annotations): AnyManifest;
export function annotations(base: Image | ImageIndex | AnyManifest, added: Annotations): AnyManifest {
  return changeAnnotations(base, (before) => ({ ...before, ...added }));
}

/** Removes annotations from a manifest of any kind. Names that the manifest does not have are ignored. */
export function removeAnnotations(base: Image, names: Iterable<string>): Image;
export function removeAnnotations(base: ImageIndex, names: Iterable<string>): ImageIndex;
export function removeAnnotations(base: AnyManifest, names: Iterable<string>): AnyManifest;
export function removeAnnotations(
  base: Image | ImageIndex | AnyManifest,
  names: Iterable<string>,
): AnyManifest {
  const removed = new Set(names);
  return changeAnnotations(base, (before) => without(before, removed));
}

function changeAnnotations(
  base: Image | ImageIndex | AnyManifest,
  change: (before: Annotations) => Annotations,
): AnyManifest {
  assertMethods('base', base, ['rawManifest'], 'an Image, an ImageIndex or an object with a manifest');
  const manifest = <T extends { readonly annotations?: Annotations | undefined }>(old: T): T => {
    const { annotations: before = {}, ...rest } = old;
    const after = change(before);
    // The result is the same T with a new optional member, which the compiler cannot see.
    return { ...rest, ...(Object.keys(after).length > 0 && { annotations: after }) } as T;
  };
  if (isImageIndex(base)) return changedIndex(base, { manifest });
  return 'configName' in base ? changedImage(base, { manifest }) : annotatedManifest(base, change);
}

/**
 * Removes labels from the config of an image. Names that the config does not have are ignored.
 *
 * @throws UnsupportedError when the result is read, if the image is an artifact, whose config has no labels.
 */
export function removeLabels(base: Image, names: Iterable<string>): Image {
  const removed = new Set(names);
  return changedImage(base, {
    imagesOnly: 'mutate.removeLabels',
    config: ({ config, ...file }) => {
      const { Labels: before, ...rest } = config;
      const kept = without(before ?? {}, removed);
      return { ...file, config: { ...rest, ...(Object.keys(kept).length > 0 && { Labels: kept }) } };
    },
  });
}

function without(map: Readonly<Record<string, string>>, names: ReadonlySet<string>): Record<string, string> {
  // Like a spread, Object.fromEntries defines `__proto__` as an ordinary property.
  return Object.fromEntries(Object.entries(map).filter(([name]) => !names.has(name)));
}
