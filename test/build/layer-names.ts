import path from 'node:path';
import { build } from '../../src/index.js';
import { headersOf, makeFiles } from '../support/archives/make-files.js';

/** Builds a text with the files as the context, in a directory, and returns the names in each layer. */
export async function layerNames(
  directory: string,
  text: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[][]> {
  const context = await makeFiles(path.join(directory, 'context'), files);
  await using image = await build.image({
    ...{ context, dockerfile: { text }, workDirectory: path.join(directory, 'work') },
  });
  const layers = await image.layers();
  return await Promise.all(layers.map(async (layer) => (await headersOf(layer)).map(({ name }) => name)));
}
