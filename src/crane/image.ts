import { image as emptyImage } from '../empty/image.js';
import { appendLayers } from '../mutate/append.js';
import type { Image } from '../v1/image.js';
import { type FileMap, layer } from './files/layer.js';

/** Makes an image with one layer that holds these files; see {@link layer}. */
export function image(files: FileMap): Image {
  return appendLayers(emptyImage, [layer(files)]);
}
