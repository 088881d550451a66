import { SourceChangedError } from '../../errors/source-changed.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { readTar, type TarEntry } from '../../internal/tar/tar.js';
import type { Layer } from '../../v1/layer.js';
import { archivePath } from './archive-path.js';

/**
 * Reads a layer a second time and yields some of its entries, which are identified by their numbers. The layer is read
 * to its end, so that it is verified again.
 *
 * @param paths - the paths of the wanted entries in the first pass, by number.
 * @throws SourceChangedError if an entry has another path than in the first pass.
 */
export async function* readAgain(
  layer: Layer,
  paths: ReadonlyMap<number, string>,
  options: AbortOptions,
): AsyncGenerator<readonly [number, TarEntry], undefined> {
  let number = 0;
  let left = paths.size;
  for await (const entry of readTar(await layer.uncompressed(options), options)) {
    const path = paths.get(number);
    if (path !== undefined) {
      if (archivePath(entry.header.name) !== path) throw changed(path);
      left -= 1;
      yield [number, entry];
    }
    number += 1;
  }
  if (left > 0) throw changed([...paths.values()].at(-left) ?? '');
  return undefined;
}

function changed(path: string): SourceChangedError {
  return new SourceChangedError('layer', `the entry ${JSON.stringify(path)} is not where it was`);
}
