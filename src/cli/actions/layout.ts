import { fromPath } from '../../layout/from-path.js';
import { open } from '../../layout/open.js';
import { platformToString } from '../../v1/platform.js';
import type { Cli } from '../context/cli.js';
import { table } from '../terminal/table.js';

/** Prints the blobs of a layout that nothing refers to, and deletes them with `--delete`. */
export async function collectGarbage(
  cli: Cli,
  dir: string,
  flags: { readonly delete?: boolean; readonly json?: boolean },
): Promise<void> {
  const { signal } = cli.io;
  const remove = flags.delete === true;
  const { allowSymlinks } = cli.options;
  const layout = await fromPath(dir, { signal, allowSymlinks });
  const garbage = await layout.garbageCollect({ signal, delete: remove });
  for (const digest of garbage) await cli.line(flags.json === true ? JSON.stringify(digest) : digest);
  if (garbage.length === 0) cli.note('nothing to delete');
  else if (!remove) cli.note(`${garbage.length} blobs can be deleted; --delete deletes them`);
}

/** Prints a row for each image of a layout. */
export async function listLayout(cli: Cli, dir: string, flags: { readonly json?: boolean }): Promise<void> {
  const { signal } = cli.io;
  const { allowSymlinks } = cli.options;
  const { images } = await open(dir, { signal, allowSymlinks });
  if (flags.json === true) {
    for (const { tags, digest, platform } of images)
      await cli.line(JSON.stringify({ tags, digest, platform }));
    return;
  }
  const rows = images.map(({ tags, digest = '', platform }) => [
    digest,
    platform === undefined ? '' : platformToString(platform),
    tags.join(', '),
  ]);
  for (const line of table([['DIGEST', 'PLATFORM', 'TAGS'], ...rows])) await cli.line(line);
}
