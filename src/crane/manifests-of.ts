import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fromPath } from '../layout/from-path.js';
import type { Descriptor } from '../v1/descriptor.js';
import { get } from './get.js';
import type { CraneOptions } from './options.js';

/** What an index lists: one in a registry, or that of an OCI layout's directory. */
export async function manifestsOf(
  source: string,
  options: CraneOptions = {},
): Promise<readonly Descriptor[]> {
  const { signal } = options;
  const index = (await isLayout(source))
    ? await (await fromPath(source, { signal })).imageIndex({ signal })
    : await (await get(source, options)).imageIndex();
  return (await index.indexManifest({ signal })).manifests;
}

async function isLayout(dir: string): Promise<boolean> {
  return stat(path.join(dir, 'oci-layout')).then(
    (found) => found.isFile(),
    () => false,
  );
}
