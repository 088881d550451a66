import { describe, expect, it } from '@jest/globals';
import { storedImages } from '../../src/stored/collection.js';

describe('storedImages', () => {
  it('is closed at the end of the scope that declares it with `await using`', async () => {
    let closed = 0;
    const close = async (): Promise<void> => {
      closed += 1;
    };
    {
      await using images = storedImages({
        subject: 'archive',
        images: [],
        entries: [],
        index: undefined,
        close,
      });
      expect(images.images).toEqual([]);
      expect(closed).toBe(0);
    }
    expect(closed).toBe(1);
  });
});
