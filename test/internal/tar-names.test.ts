import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { drain } from '../../src/internal/streams/consume.js';
import { memoryAccess } from '../../src/internal/files/random-access.js';
import { createTar, readTar } from '../../src/internal/tar/tar.js';
import { indexTar } from '../../src/internal/tar/entry-index.js';
import * as mutate from '../../src/mutate/index.js';
import { file, layeredImage } from '../support/images/layered-image.js';
import { readAll } from '../support/tools/read-all.js';

async function tarOf(name: string, linkName?: string): Promise<Buffer> {
  const tar = createTar();
  const reading = readAll(tar.stream);
  await tar.add({ name, ...(linkName !== undefined && { type: 'symlink', linkName }) });
  await tar.finish();
  return reading;
}

async function readersOf(tar: Buffer): Promise<readonly PromiseSettledResult<number>[]> {
  const streamed = async (): Promise<number> => {
    let count = 0;
    for await (const _entry of readTar(Readable.from([tar], { objectMode: false }))) count += 1;
    return count;
  };
  return Promise.allSettled([streamed(), indexTar(memoryAccess(tar)).then(({ length }) => length)]);
}

const MOST = 64 * 1024;

describe('names in a tar', () => {
  it.each([
    ['a name', 'n'.repeat(MOST + 1), undefined],
    ['a link', 'link', 'n'.repeat(MOST + 1)],
  ])('S15: %s of more than 64 KiB is refused by every reader', async (_what, name, linkName) => {
    for (const result of await readersOf(await tarOf(name, linkName))) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ArchiveInvalidError) });
    }
  });

  it('S15: a name of 64 KiB is read', async () => {
    for (const result of await readersOf(await tarOf('n'.repeat(MOST)))) {
      expect(result).toEqual({ status: 'fulfilled', value: 1 });
    }
  });

  it('S15: a layer with a path of more parts than any file system takes is refused', async () => {
    const image = async (parts: number): ReturnType<typeof layeredImage> =>
      layeredImage([[file(`${'a/'.repeat(parts - 1)}a`, '')]]);
    await drain(mutate.extract(await image(4000)));
    await expect(drain(mutate.extract(await image(9000)))).rejects.toThrow(ArchiveInvalidError);
  });
});
