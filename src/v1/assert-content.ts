import { assertMethods } from '../internal/arguments.js';
import { isImageIndex } from './image-index.js';

/** @throws TypeError if an argument is not an Image. */
export function assertImage(name: string, value: unknown): void {
  if (isObject(value) && isImageIndex(value)) {
    throw new TypeError(
      `\`${name}\` must be an Image; it is an ImageIndex, of which \`image\` gives one image`,
    );
  }
  assertMethods(name, value, ['manifest', 'layers', 'rawManifest'], 'an Image');
}

/** @throws TypeError if an argument is not an ImageIndex. */
export function assertIndex(name: string, value: unknown): void {
  assertMethods(name, value, ['indexManifest', 'rawManifest'], 'an ImageIndex');
}

/** @throws TypeError if an argument is neither an Image nor an ImageIndex. */
export function assertContent(name: string, value: unknown): void {
  if (isObject(value) && isImageIndex(value)) return;
  assertMethods(name, value, ['manifest', 'layers', 'rawManifest'], 'an Image or an ImageIndex');
}

/** @throws TypeError if an argument is not a Layer. */
export function assertLayer(name: string, value: unknown): void {
  assertMethods(name, value, ['digest', 'compressed', 'uncompressed'], 'a Layer');
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
