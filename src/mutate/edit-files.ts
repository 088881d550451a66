import { assertImage } from '../v1/assert-content.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazyTar } from '../internal/tar/lazy-tar.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import { difference } from '../tree/layers/difference.js';
import { loadContents } from '../tree/layers/load-contents.js';
import { writeChanges } from '../tree/layers/write-changes.js';
import type { TarWriter } from '../internal/tar/tar.js';
import type { History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { append } from './append.js';
import { applyEdit, fileBefore } from './edits/apply-edit.js';
import { type FileBefore, type FileEdits, type PathEdit, pathEdits } from './edits/file-edits.js';
import { withImageTree } from './edits/image-tree.js';
import type { DiffIdOptions } from './layers/checked-layers.js';
import { compressedOnce, layerTypeFor } from './layers/slots.js';
import { familyOf } from './views/family.js';

export interface EditFilesOptions extends DiffIdOptions, LayerCompressionOptions {
  /** The time of files with new content. @default 1970-01-01T00:00:00Z */
  readonly time?: Date | undefined;
  /** The step of the layer in the history. @default a step that names the files */
  readonly history?: History | undefined;
  /** Cap on the size of a file that a function edits. @default 64 MiB */
  readonly maxFileBytes?: number | undefined;
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * Adds, replaces and removes files of an image, and changes their modes and owners, by one layer on top. A removed file is
 * still in the layers below; `squash` and `flatten` remove it from them.
 *
 * ```ts
 * const edited = mutate.editFiles(base, {
 *   '/etc/motd': 'Welcome\n',
 *   '/etc/passwd': (file) => `${file?.text ?? ''}app:x:1000:1000::/app:/bin/sh\n`,
 *   '/app/run': { mode: 0o755 },
 *   '/tmp/cache': null,
 * });
 * ```
 *
 * Paths are those of the merged image. A symbolic link is followed within the root of the image, as in a container, also at
 * the end of a path; only removing a path, and making a link, are about the link itself. A file keeps its mode and owner if
 * only its content changes. A name of a hard link is separated from the other names when it is edited. Directories that do
 * not exist are created.
 *
 * As with every view, nothing happens before the result is read. Then all layers are read, because any of them may have the
 * file or a link to it, and functions are called.
 *
 * The methods of the image reject with these errors:
 *
 * @throws TypeError at once for an edit of the wrong shape
 * @throws NotFoundError if a path that is removed, or of which only mode or owner change, does not exist
 * @throws UnsupportedError if a path leads through a file, or content is given for a directory; for an artifact
 * @throws LimitExceededError if a function would get a file of more than `maxFileBytes`
 */
export function editFiles(base: Image, edits: FileEdits, options: EditFilesOptions = {}): Image {
  assertImage('base', base);
  const list = pathEdits(edits);
  if (list.length === 0) return base;
  const { compression, compressionLevel, history } = options;
  const layer = compressedOnce(
    {
      uncompressed: async (callOptions) =>
        lazyTar(async (tar, { signal }) => writeEdits(base, list, tar, { ...options, signal }), callOptions),
      mediaType: async (callOptions) =>
        layerTypeFor(compression, familyOf(await base.mediaType(callOptions))),
    },
    { compression, compressionLevel },
  );
  return append(base, [{ layer, history: history ?? { created_by: stepText(list) } }]);
}

/** The number of paths that the history names. */
const MAX_NAMED = 5;

function stepText(list: readonly PathEdit[]): string {
  const paths = list.slice(0, MAX_NAMED).map(({ path }) => `/${path}`);
  const more = list.length - paths.length;
  return `edit ${paths.join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function writeEdits(
  base: Image,
  list: readonly PathEdit[],
  tar: TarWriter,
  options: EditFilesOptions & AbortOptions,
): Promise<void> {
  const { signal, time = new Date(0), maxFileBytes = MAX_FILE_BYTES } = options;
  await withImageTree(base, options, async (tree) => {
    const lower = tree.root;
    const now = { seconds: Math.floor(time.getTime() / 1000), nanoseconds: 0 };
    for (const edit of list) await applyEdit(tree, edit, { now, maxFileBytes, signal });
    const changes = await difference(lower, tree.root, () => false, { signal });
    const contents = changes.map((change) =>
      change.kind === 'node' && change.node.type !== 'directory' ? change.node.content : undefined,
    );
    await loadContents(
      contents.filter((content) => content !== undefined),
      { signal },
    );
    await writeChanges(changes, tar, { signal });
  });
}

/** The file at a path of an image; undefined if it does not exist. All layers are read. */
export async function fileIn(
  image: Image,
  path: string,
  options: Pick<EditFilesOptions, 'maxFileBytes' | 'ignoreDiffIds'> & AbortOptions = {},
): Promise<FileBefore | undefined> {
  const { maxFileBytes = MAX_FILE_BYTES, signal } = options;
  return withImageTree(image, options, async (tree) => fileBefore(tree, path, { maxFileBytes, signal }));
}
