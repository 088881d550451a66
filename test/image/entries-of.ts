import type { v1 } from '../../src/index.js';
import { listStream } from '../support/archives/list-tar.js';
import { readAll } from '../support/tools/read-all.js';

/** The entries of a layer as text: mode, owner, name and content. */
export async function entriesOf(made: v1.Image, at = -1): Promise<readonly string[]> {
  const layer = (await made.layers()).at(at)!;
  const entries = await listStream(await readAll(await layer.uncompressed()));
  return entries.map(
    ({ name, mode, uid, gid, body, type, linkName }) =>
      `${mode.toString(8)} ${uid}:${gid} ${name}${type === 'symlink' ? ` -> ${linkName}` : ''} ${body}`,
  );
}
