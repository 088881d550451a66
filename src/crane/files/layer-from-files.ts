import { encodeText } from '../../internal/tar/format/text.js';
import { archivePath } from '../../mutate/merge/archive-path.js';
import type { Layer } from '../../v1/layer.js';
import { type FileLayerOptions, filesLayer } from './files-layer.js';
import { statsOf } from './walk-files.js';
import type { EntryFacts, FileToWrite } from './write-files.js';

/** A file for a layer. Its own mode, owner and time take precedence over the options. */
export interface LayerFile extends EntryFacts {
  /** Path in the image. */
  readonly path: string;
  /** Path of a file on this machine, or the content of the file. If it is a directory, only the directory itself is added. */
  readonly from: string | Uint8Array;
}

/**
 * Makes a layer of single files. They are sorted as in `layerFromDirectory`, so the order in which they are listed does not
 * matter: the same files give the same layer.
 *
 * A directory gets an entry only if it is listed. Files are read when the digest or the content of the layer is first read.
 *
 * @throws TypeError if a path is listed twice.
 * @throws SourceChangedError through the methods of the layer, if a file is written to while the layer is made.
 */
export function layerFromFiles(files: Iterable<LayerFile>, options: FileLayerOptions = {}): Layer {
  const listed = Array.from(files, ({ path, from, ...entry }) => ({ path: archivePath(path), from, entry }));
  const sorted = listed.sort((a, b) => Buffer.compare(orderOf(a.path), orderOf(b.path)));
  const twice = sorted.find(({ path }, at) => path === sorted[at - 1]?.path);
  if (twice !== undefined) throw new TypeError(`${JSON.stringify(twice.path)} is listed twice`);
  return filesLayer(async function* ({ signal }): AsyncGenerator<FileToWrite, undefined> {
    for (const { path, from, entry } of sorted) {
      signal?.throwIfAborted();
      const found =
        from instanceof Uint8Array ? from : { source: encodeText(from), stats: await statsOf(from) };
      yield { path, from: found, entry };
    }
    return undefined;
  }, options);
}

/** A sort key that compares paths part by part: a slash sorts before any other byte. */
function orderOf(path: string): Buffer {
  return encodeText(path.replaceAll('/', '\0'));
}
