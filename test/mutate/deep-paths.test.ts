import { expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { drain } from '../../src/internal/streams/consume.js';
import * as mutate from '../../src/mutate/index.js';
import { file, layeredImage } from '../support/images/layered-image.js';

it('S15: mutate refuses a layer with a path of more components than any file system allows', async () => {
  const image = async (parts: number): ReturnType<typeof layeredImage> =>
    layeredImage([[file(`${'a/'.repeat(parts - 1)}a`, '')]]);
  await drain(mutate.extract(await image(4000)));
  await expect(drain(mutate.extract(await image(9000)))).rejects.toThrow(ArchiveInvalidError);
});
