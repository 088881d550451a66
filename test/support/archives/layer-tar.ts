import type { TarHeaderInput } from '../../../src/internal/tar/tar.js';
import { createTar } from '../../../src/internal/tar/tar.js';
import { readAll } from '../tools/read-all.js';

/** An entry of a layer; a file has a body. */
export interface LayerEntry extends TarHeaderInput {
  readonly body?: string | Uint8Array | undefined;
}

/** The tar of a layer, with the entries in the order given. */
export async function layerTar(entries: readonly LayerEntry[]): Promise<Buffer> {
  const tar = createTar();
  const all = readAll(tar.stream);
  for (const { body, ...header } of entries) {
    await tar.add(header, body === undefined ? undefined : Buffer.from(body));
  }
  await tar.finish();
  return all;
}
