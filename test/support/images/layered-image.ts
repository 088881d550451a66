import { compressedToImage } from '../../../src/partial/compressed-image.js';
import type { Image } from '../../../src/v1/image.js';
import { type LayerEntry, layerTar } from '../archives/layer-tar.js';
import { storedImage, type StoredImageOptions } from './stored-image.js';

/** An OCI image in memory whose layers, the lowest first, have these entries. */
export async function layeredImage(
  layers: readonly (readonly LayerEntry[])[],
  options: StoredImageOptions = {},
): Promise<Image> {
  const tars = await Promise.all(layers.map(async (entries) => layerTar(entries)));
  return compressedToImage(storedImage({ tars, ...options }));
}

export const file = (name: string, body: string, more: Partial<LayerEntry> = {}): LayerEntry => ({
  name,
  body,
  ...more,
});
export const directory = (name: string, more: Partial<LayerEntry> = {}): LayerEntry => ({
  name: `${name}/`,
  type: 'directory',
  ...more,
});
export const link = (name: string, linkName: string): LayerEntry => ({ name, linkName, type: 'link' });
export const symlink = (name: string, linkName: string): LayerEntry => ({ name, linkName, type: 'symlink' });
