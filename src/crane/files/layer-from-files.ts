import { encodeText } from '../../internal/tar/format/text.js';
import { archivePath } from '../../mutate/merge/archive-path.js';
import type { Layer } from '../../v1/layer.js';
import { type FileLayerOptions, filesLayer } from './files-layer.js';
import { statsOf } from './walk-files.js';
import type { EntryFacts, FileToWrite } from './write-files.js';

/** A file for a layer; what it says of its entry precedes the options. */
export interface LayerFile extends EntryFacts {
  /** In the image. */
  readonly path: string;
  /** A file of this machine, or what is to be in it. Of a directory only the directory is added. */
  readonly from: string | Uint8Array;
}

/**
 * Makes a layer of single files, in the order that `layerFromDirectory` would give them: the same files give the same layer,
 * however they are listed.
 *
 * Directories are those that the paths imply, unless they are listed. Files are read when the layer is first asked for its digest
 * or content.
 *
 * @throws TypeError for a path that is listed twice.
 * @throws {@link SourceChangedError} through the layer, if a file is written to meanwhile.
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

/** Compares like the parts of the path, one after the other. */
function orderOf(path: string): Buffer {
  return encodeText(path.replaceAll('/', '\0'));
}
