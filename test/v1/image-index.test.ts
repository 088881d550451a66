import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import type { Image } from '../../src/v1/image.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import { isImageIndex } from '../../src/v1/index.js';

describe('isImageIndex', () => {
  it('is true for an index', () => {
    expect(isImageIndex(empty.index)).toBe(true);
  });

  it('is false for an image', () => {
    expect(isImageIndex(empty.image)).toBe(false);
  });

  it('narrows the type of an image or index', async () => {
    const contents: readonly (Image | ImageIndex)[] = [empty.index, empty.image];
    for (const content of contents) {
      const listed = isImageIndex(content)
        ? (await content.indexManifest()).manifests
        : await content.layers();
      expect(listed).toEqual([]);
    }
  });
});
