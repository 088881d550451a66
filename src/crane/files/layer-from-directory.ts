import { createReadStream } from 'node:fs';
import { FileSystemError } from '../../errors/file-system.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { encodeText } from '../../internal/tar/format/text.js';
import { archivePath, ROOT } from '../../mutate/merge/archive-path.js';
import type { Layer } from '../../v1/layer.js';
import { type FileLayerOptions, filesLayer } from './files-layer.js';
import { ignoreRules, linesOf } from './ignore-rules.js';
import { statsOf, walkFiles } from './walk-files.js';
import type { FileToWrite } from './write-files.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

export interface DirectoryLayerOptions extends FileLayerOptions {
  /** The directory in the image that the files go to. @default '/' */
  readonly target?: string | undefined;
  /**
   * Whether the directory itself becomes an entry too, with its mode and owner. They replace those of a directory that the
   * base has there; without an entry, one that the base lacks belongs to root.
   *
   * @default false
   */
  readonly self?: boolean | undefined;
  /** Rules, each a line of a `.dockerignore`; they come after those of the file. */
  readonly ignore?: Iterable<string> | undefined;
  /** A file with such rules; `false` for none. @default the directory's `.dockerignore`, if it has one */
  readonly ignoreFile?: string | false | undefined;
}

/** A file with rules may be no longer than that. */
const MAX_RULES_BYTES = 1024 * 1024;

/**
 * Makes a layer of what is in a directory. The same files give the same layer on every machine: they are sorted by the
 * bytes of their names, belong to root, and have no time, unless the options say otherwise.
 *
 * Symbolic links are kept, hard links too, and on Linux devices and pipes; extended attributes are not read. Rules are those of
 * BuildKit: the last one that is about a file, or a directory that it is in, decides. The directory is
 * read when the layer is first asked for its digest or content, and no file is held whole.
 *
 * @throws {@link SourceChangedError} through the layer, if a file is written to meanwhile.
 * @throws {@link BadPatternError} through the layer.
 * @throws {@link UnsupportedError} through the layer, for sockets, and for names that delete files in a layer.
 */
export function layerFromDirectory(directory: string, options: DirectoryLayerOptions = {}): Layer {
  const { target = '/', self = false, ignore = [], ignoreFile, ...files } = options;
  const given = [...ignore];
  const targetPath = archivePath(target);
  return filesLayer(async function* (options): AsyncGenerator<FileToWrite, undefined> {
    const rules = ignoreRules([...(await linesIn(directory, ignoreFile, options)), ...given]);
    if (self) yield { path: targetPath, from: await itself(directory) };
    for await (const { path, ...from } of walkFiles(directory, rules, options)) {
      yield { path: targetPath === ROOT ? path : `${targetPath}/${path}`, from };
    }
    return undefined;
  }, files);
}

/** Also of a link to the directory. */
async function itself(directory: string): Promise<Exclude<FileToWrite['from'], Uint8Array>> {
  const source = `${directory}/.`;
  return { source: encodeText(source), stats: await statsOf(source) };
}

async function linesIn(
  directory: string,
  file: string | false | undefined,
  { signal }: AbortOptions,
): Promise<readonly string[]> {
  if (file === false) return [];
  const path = file ?? `${directory}/.dockerignore`;
  try {
    const text = await collect(ignoreLateErrors(createReadStream(path)), {
      maxBytes: MAX_RULES_BYTES,
      subject: path,
      signal,
    });
    return linesOf(text.toString());
  } catch (error) {
    const wrapped = fileSystemError('read', path, error);
    if (file === undefined && wrapped instanceof FileSystemError && wrapped.systemCode === 'ENOENT')
      return [];
    throw wrapped;
  }
}
