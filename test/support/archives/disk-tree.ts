import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Maps each path below a directory to the content of the file, the target of the link, or `/` for a directory. With
 * `modes`, the mode of a file or directory comes first.
 */
export async function diskTree(
  directory: string,
  { modes = false }: { readonly modes?: boolean } = {},
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(directory, below))).sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      const stats = await lstat(join(directory, path));
      const mode = modes ? `${(stats.mode & 0o7777).toString(8)} ` : '';
      if (stats.isSymbolicLink()) found[path] = `-> ${await readlink(join(directory, path))}`;
      else if (stats.isDirectory()) found[path] = `${mode}/`;
      else found[path] = mode + (await readFile(join(directory, path), 'latin1'));
      if (stats.isDirectory()) await walk(path);
    }
  };
  await walk('');
  return found;
}
