import { expect, it } from '@jest/globals';
import { crane, empty, mutate, random } from 'containerregistry';

it('gives the image of an index for the platform', async () => {
  const image = random.image(10, 1);
  const platform = { os: 'linux', architecture: 'arm64' };
  const index = mutate.appendManifests(empty.index, [{ add: image, descriptor: { platform } }]);
  expect(await (await crane.imageFrom(index, { platform: 'linux/arm64' })).digest()).toBe(
    await image.digest(),
  );
  expect(await (await crane.contentFrom(index, { platform: 'linux/arm64' })).digest()).toBe(
    await image.digest(),
  );
  expect(await crane.contentFrom(index)).toBe(index);
  expect(await crane.imageFrom(image)).toBe(image);
});

it.each([[undefined], [null], [7], [{}]])('rejects %p, which is not a source', async (source) => {
  await expect(crane.contentFrom(source as never)).rejects.toThrow(TypeError);
  await expect(crane.imageFrom(source as never)).rejects.toThrow('a reference such as `alpine:3`');
});
