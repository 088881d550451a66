import { stat } from 'node:fs/promises';
import { FileSystemError } from '../errors/file-system.js';
import { AmbiguousError } from '../errors/ambiguous.js';
import { fromPath } from '../layout/from-path.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { isIndex } from '../v1/types.js';
import { load } from './load.js';
import { type CraneOptions, referenceOf } from './options.js';
import { push } from './push.js';

export interface PushFromOptions extends CraneOptions {
  /** Pushes all that a layout lists as one index. @default false */
  readonly index?: boolean | undefined;
}

/** What was pushed. */
export interface Pushed {
  /** The repository with the digest. */
  readonly reference: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
}

/**
 * Pushes what lies on the disk: the only image of an archive, or the only entry of an OCI layout, which may be an
 * index.
 *
 * @throws {@link AmbiguousError} if there are several, and `index` was not asked for.
 */
export async function pushFrom(
  path: string,
  reference: string,
  options: PushFromOptions = {},
): Promise<Pushed> {
  const target = referenceOf(reference, options);
  const { signal } = options;
  const source = await openSource(path, options);
  await push(source, reference, options);
  const digest = await source.digest({ signal });
  return {
    reference: target.context().digest(digest).name(),
    digest,
    mediaType: await source.mediaType({ signal }),
    size: await source.size({ signal }),
  };
}

async function openSource(path: string, options: PushFromOptions): Promise<Image | ImageIndex> {
  if (!(await isDirectory(path))) return load(path, options);
  const { signal } = options;
  const index = await (await fromPath(path, { signal })).imageIndex({ signal });
  if (options.index === true) return index;
  const { manifests } = await index.indexManifest({ signal });
  const [only] = manifests;
  if (only === undefined || manifests.length > 1) {
    throw new AmbiguousError(
      `${path} lists ${manifests.length} manifests, not one`,
      manifests.map(({ digest }) => digest),
      { hint: 'push them together as one with `index`' },
    );
  }
  return isIndex(only.mediaType)
    ? index.imageIndex(only.digest, { signal })
    : index.image(only.digest, { signal });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new FileSystemError('open', path, error as NodeJS.ErrnoException);
  }
}
