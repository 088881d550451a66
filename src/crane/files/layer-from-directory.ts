import { createReadStream } from 'node:fs';
import { FileSystemError } from '../../errors/file-system.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { encodeText } from '../../internal/tar/format/text.js';
import { archivePath, ROOT } from '../../mutate/merge/archive-path.js';
import type { Layer } from '../../v1/layer.js';
import { type FileLayerOptions, filesLayer } from './files-layer.js';
import { ignoreRules, linesOf } from '../../tree/ignore-rules.js';
import { statsOf, walkFiles } from './walk-files.js';
import type { FileOnDisk, FileToWrite } from './write-files.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** Which files of the directory the layer gets, and where they are in the image. */
export interface DirectoryLayerOptions extends FileLayerOptions {
  /** The directory of the image in which the files are placed. @default '/' */
  readonly target?: string | undefined;
  /**
   * Whether the layer gets an entry for the directory itself, with its mode and owner. They replace the mode and owner that
   * `target` has in the base image. Without the entry, root owns `target` if the base image does not have it.
   *
   * @default false
   */
  readonly includeRoot?: boolean | undefined;
  /** Rules, each written like a line of a `.dockerignore`. They are applied after those of `ignoreFile`. */
  readonly ignore?: Iterable<string> | undefined;
  /** Path of a file with such rules; `false` for none. @default the directory's `.dockerignore`, if it exists */
  readonly ignoreFile?: string | false | undefined;
}

/** Cap on the size of a file with rules. */
const MAX_RULES_BYTES = 1024 * 1024;

/**
 * Makes a layer of the files in a directory. The same files give the same layer on every machine: they are sorted by the
 * bytes of their names, root owns them, and their time is zero, unless the options say otherwise.
 *
 * Symbolic links and hard links are kept, and so are devices and pipes on Linux. Extended attributes are not read. Ignore
 * rules work as in BuildKit: the last rule that matches a file, or a directory that contains it, decides.
 *
 * The directory is read when the digest or the content of the layer is first read. Large files are read in chunks.
 *
 * The methods of the layer reject with these errors:
 *
 * @throws SourceChangedError if a file is written to while the layer is made.
 * @throws BadPatternError if a rule is invalid.
 * @throws UnsupportedError for a socket, and for a name that would delete a file in a layer.
 */
export function layerFromDirectory(directory: string, options: DirectoryLayerOptions = {}): Layer {
  const { target = '/', includeRoot: includeRoot = false, ignore = [], ignoreFile, ...files } = options;
  const given = [...ignore];
  const targetPath = archivePath(target);
  return filesLayer(async function* (options): AsyncGenerator<FileToWrite, undefined> {
    const rules = ignoreRules([...(await ignoreLinesOf(directory, ignoreFile, options)), ...given]);
    if (includeRoot) yield { path: targetPath, from: await rootOf(directory) };
    for await (const { path, ...from } of walkFiles(directory, rules, options)) {
      yield { path: targetPath === ROOT ? path : `${targetPath}/${path}`, from };
    }
    return undefined;
  }, files);
}

/** The directory itself; the path ends with `/.`, so that a symbolic link to the directory is followed. */
export async function rootOf(directory: string): Promise<FileOnDisk> {
  const source = `${directory}/.`;
  return { source: encodeText(source), stats: await statsOf(source) };
}

/** The ignore rules of a directory: those of `file`, or of its `.dockerignore` if it exists. */
export async function ignoreLinesOf(
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
