import { expect } from '@jest/globals';
import type { Image } from '../../src/v1/image.js';
import { measure } from '../support/tools/read-all.js';
import type { SinkKind } from './sink.js';

/** Expects that the image that was read is the image that was written, as far as the format of the sink can hold it. */
export async function expectKept(
  read: Image,
  written: Image,
  { keeps }: Pick<SinkKind, 'keeps'>,
): Promise<void> {
  expect(await read.rawConfigFile()).toEqual(await written.rawConfigFile());
  expect(await read.configName()).toBe(await written.configName());
  if (keeps === 'manifest') {
    expect(Buffer.from(await read.rawManifest())).toEqual(Buffer.from(await written.rawManifest()));
    expect(await read.digest()).toBe(await written.digest());
    expect(await read.mediaType()).toBe(await written.mediaType());
  }
  const forms = await formsOf(written, keeps);
  expect(await contents(read, forms)).toEqual(await contents(written, forms));
}

type Form = 'compressed' | 'uncompressed';

/** The forms in which the layers have to be the same. A sink may compress a layer that was written as a plain tar. */
async function formsOf(image: Image, keeps: SinkKind['keeps']): Promise<readonly Form[]> {
  return Promise.all(
    (await image.layers()).map(async (layer) => {
      const packed = (await layer.digest()) !== (await layer.diffId());
      return keeps === 'manifest' || (keeps === 'layers' && packed) ? 'compressed' : 'uncompressed';
    }),
  );
}

async function contents(image: Image, forms: readonly Form[]): Promise<readonly unknown[]> {
  const layers = await image.layers();
  return Promise.all(layers.map(async (layer, at) => measure(await layer[forms[at] ?? 'compressed']())));
}
