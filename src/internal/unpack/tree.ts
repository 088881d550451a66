import { link, lstat, readlink, symlink, unlink } from 'node:fs/promises';

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { FileSystemError } from '../../errors/file-system.js';
import type { AbortOptions } from '../async/abort.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from '../files/open-file.js';
import { removeTree } from '../files/remove-tree.js';
import type { TarEntry } from '../tar/reader.js';
import { type FileAttributes, setLinkAttributes } from './attributes.js';
import { createFile, fillWithBody, fillWithBytes } from './file.js';
import { behindLink, Directories } from './directories.js';
import { Jobs } from './jobs.js';
import { directoryOf } from './name.js';
import { type DiskPath, diskPath, linkTarget } from './path.js';

/** Files up to this size in bytes are read into memory and written while the next ones are read. */
const SMALL = 256 * 1024;

export interface UnpackTreeOptions extends AbortOptions {
  /** Whether existing directories may be removed when another kind of entry gets their name. */
  readonly replacesDirectories: boolean;
  /** Whether an existing file or link at this path may be replaced by a directory when an entry lies below it. */
  readonly replacesParents: (path: string) => boolean;
}

/**
 * Writes files below one directory, and never outside it.
 *
 * Files are always new: they replace a file of their name instead of writing into it. No link on the way to a file
 * is followed, whether it comes from the archive or existed before. This holds as long as no other process changes
 * the directories meanwhile, because Node cannot open a file relative to a directory's descriptor.
 */
export class UnpackTree {
  readonly #root: string;
  readonly #options: UnpackTreeOptions;
  readonly directories: Directories;
  readonly #jobs = new Jobs();
  /** Files whose name belongs to a directory: the directory is removed when no file is being written into it. */
  readonly #deferred: (() => Promise<void>)[] = [];

  constructor(root: string, options: UnpackTreeOptions) {
    this.#root = root;
    this.#options = options;
    this.directories = new Directories(root);
  }

  async putDirectory(path: string, attributes: FileAttributes): Promise<void> {
    if (!this.directories.has(path)) {
      await this.#makeParents(path);
      await this.#waitFor(path);
      if (!(await this.directories.make(path))) {
        await this.#clear(path);
        await this.directories.make(path);
      }
    }
    this.directories.set(path, attributes);
  }

  async putFile(path: string, attributes: FileAttributes, entry: TarEntry): Promise<void> {
    await this.#makeParents(path);
    await this.#waitFor(path);
    if (this.directories.has(path)) {
      await this.idle();
      await this.#clear(path);
    }
    const diskLocation = diskPath(this.#root, path);
    if (entry.header.size > SMALL) {
      const fd = await this.#create(path, async () => createFile(diskLocation, attributes));
      await this.#inContext('write', path, fillWithBody(fd, diskLocation, entry, attributes, this.#options));
      return;
    }
    const bytes = await entry.bytes();
    const write = async (fd: number): Promise<void> =>
      this.#inContext('write', path, fillWithBytes(fd, bytes, attributes));
    await this.#jobs.start(path, async () => {
      const fd = await this.#createFile(path, attributes);
      if (fd !== undefined) {
        await write(fd);
        return;
      }
      this.#deferred.push(async () => {
        await write(await this.#create(path, async () => createFile(diskLocation, attributes)));
      });
    });
  }

  async putSymbolicLink(path: string, attributes: FileAttributes, target: string): Promise<void> {
    await this.#makeParents(path);
    await this.#waitFor(path);
    await this.#symlink(path, linkTarget(target));
    await this.#inContext('write', path, setLinkAttributes(diskPath(this.#root, path), attributes));
  }

  /** @throws ArchiveInvalidError if the target does not exist or is a directory. */
  async putHardLink(path: string, target: string): Promise<void> {
    if (path === target) return;
    await this.#makeParents(path);
    await this.#waitFor(path);
    await this.#waitFor(target);
    const source = diskPath(this.#root, target);
    if (!(await this.directories.verify(directoryOf(target)))) throw danglingLink(path, target);
    const stats = await lstat(source).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') throw danglingLink(path, target);
      throw fileSystemError('read', `${this.#root}/${target}`, error);
    });
    if (stats.isDirectory()) throw danglingLink(path, target);
    // Some systems would follow a symbolic link here, and link its target.
    if (stats.isSymbolicLink()) {
      const text = await this.#inContext('read', target, readlink(source, { encoding: 'buffer' }));
      await this.#symlink(path, text);
      const attributes = { mtime: stats.mtimeMs / 1000, owner: stats };
      await this.#inContext('write', path, setLinkAttributes(diskPath(this.#root, path), attributes));
      return;
    }
    await this.#create(path, async () => link(source, diskPath(this.#root, path)));
  }

  /** Removes a file or directory of any kind, unless it lies behind a link. */
  async remove(path: string): Promise<void> {
    await this.idle();
    if (!(await this.directories.verify(directoryOf(path)))) return;
    await this.#inContext('remove', path, removeTree(diskPath(this.#root, path)));
    this.directories.forget(path);
  }

  /** Waits until every file that was started is written. */
  async idle(): Promise<void> {
    await this.#jobs.idle();
    for (let write = this.#deferred.shift(); write !== undefined; write = this.#deferred.shift())
      await write();
  }

  /** Waits for the files that were started and ignores failures. No file is written afterwards. */
  async settled(): Promise<void> {
    await this.#jobs.settled();
  }

  async finish(): Promise<void> {
    await this.idle();
    await this.directories.finish();
  }

  async #makeParents(path: string): Promise<void> {
    const missing: string[] = [];
    for (let at = directoryOf(path); !this.directories.has(at); at = directoryOf(at)) missing.push(at);
    for (const directory of missing.reverse()) await this.#makeParent(directory, path);
  }

  async #makeParent(directory: string, path: string): Promise<void> {
    await this.#waitFor(directory);
    if (await this.directories.make(directory)) return;
    await this.idle();
    if (!this.#options.replacesParents(directory)) throw behindLink(path, directory);
    await this.#clear(directory);
    await this.directories.make(directory);
  }

  /** Waits for a file of this name that is being written, so that the later entry replaces it. */
  async #waitFor(path: string): Promise<void> {
    if (this.#jobs.has(path) || this.#deferred.length > 0) await this.idle();
  }

  async #symlink(path: string, target: DiskPath): Promise<void> {
    await this.#create(path, async () => symlink(target, diskPath(this.#root, path)));
  }

  /** Creates a file or link. If the name is in use, the file that has it is removed first. */
  async #create<T>(path: string, make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileSystemError('create', `${this.#root}/${path}`, error);
    }
    await this.idle();
    await this.#clear(path);
    return this.#inContext('create', path, make());
  }

  /** Creates a file and replaces any other kind of file; returns undefined if a directory has its name. */
  async #createFile(path: string, attributes: FileAttributes): Promise<number | undefined> {
    const diskLocation = diskPath(this.#root, path);
    try {
      return await createFile(diskLocation, attributes);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileSystemError('create', `${this.#root}/${path}`, error);
    }
    if ((await this.#inContext('read', path, lstat(diskLocation))).isDirectory()) return undefined;
    await this.#clear(path);
    return this.#inContext('create', path, createFile(diskLocation, attributes));
  }

  /**
   * Removes the file at a path, without following a link. If it may be a directory, no file may be being written.
   */
  async #clear(path: string): Promise<void> {
    const diskLocation = diskPath(this.#root, path);
    const stats = await this.#inContext('read', path, lstat(diskLocation));
    if (!stats.isDirectory()) {
      await this.#inContext('replace', path, unlink(diskLocation));
      return;
    }
    if (!this.#options.replacesDirectories && !this.directories.isMade(path)) {
      const cause: NodeJS.ErrnoException = new Error('a directory has this name');
      cause.code = 'EISDIR';
      throw new FileSystemError('replace', `${this.#root}/${path}`, cause);
    }
    await this.#inContext('replace', path, removeTree(diskLocation));
    this.directories.forget(path);
  }

  async #inContext<T>(operation: string, path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw fileSystemError(operation, `${this.#root}/${path}`, error);
    }
  }
}

function danglingLink(path: string, target: string): ArchiveInvalidError {
  return new ArchiveInvalidError(
    `unpack: the hard link ${JSON.stringify(path)} leads to ${JSON.stringify(target)}, which is not an earlier entry`,
  );
}
