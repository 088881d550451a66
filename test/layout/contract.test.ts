import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { fromPath } from '../../src/layout/from-path.js';
import type { Path } from '../../src/layout/path.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index } from '../../src/random/image-index.js';
import { describeImageContract } from '../contract/image-contract.js';
import { describeIndexContract } from '../contract/index-contract.js';
import { storedImage } from '../support/images/stored-image.js';

const made: string[] = [];
afterAll(async () => {
  for (const directory of made) await rm(directory, { recursive: true, force: true });
});

async function layoutWithImage(): Promise<Path> {
  const directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  made.push(directory);
  const layout = await fromPath(directory, { create: true });
  await layout.appendImage(compressedToImage(storedImage()));
  return layout;
}

describeImageContract('an image in a layout', async () => (await layoutWithImage()).image());

describeIndexContract('the index of a layout', async () => {
  const layout = await layoutWithImage();
  await layout.appendIndex(index(100, 1, 2, { seed: 'contract' }));
  return layout.imageIndex();
});

describeIndexContract('an index in a layout', async () => {
  const layout = await layoutWithImage();
  const children = index(100, 1, 2, { seed: 'contract' });
  await layout.appendIndex(children);
  return (await layout.imageIndex()).imageIndex(await children.digest());
});
