import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readTar, type TarHeader } from '../../../src/internal/tar/tar.js';
import type { Layer } from '../../../src/v1/layer.js';

/** Writes files below a directory and returns its path. A path that ends in a slash becomes a directory. */
export async function makeFiles(
  root: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const at = path.join(root, name);
    await mkdir(name.endsWith('/') ? at : path.dirname(at), { recursive: true });
    if (!name.endsWith('/')) await writeFile(at, content);
  }
  return root;
}

/** The headers of the entries of a layer, in their order. */
export async function headersOf(layer: Layer): Promise<readonly TarHeader[]> {
  const found: TarHeader[] = [];
  for await (const { header } of readTar(await layer.uncompressed())) found.push(header);
  return found;
}
