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

/** Files up to this size are read at once and written while the next ones are read. */
const SMALL = 256 * 1024;

export interface UnpackTreeOptions extends AbortOptions {
  /** Whether directories that were there before may go when something else gets their name. */
  readonly replacesDirectories: boolean;
  /** Whether something that was there before, and is no directory, becomes one when something is to lie in it. */
  readonly replacesParents: (path: string) => boolean;
}

/**
 * Files below one directory, none of which is ever written outside it.
 *
 * What is written is new: it replaces what had its name and is not written into it. No link is followed
 * on the way to it, be it from the archive or from before. This holds as long as no other
 * process changes the directories meanwhile, for Node has no means to pin them down.
 */
export class UnpackTree {
  readonly #root: string;
  readonly #options: UnpackTreeOptions;
  readonly directories: Directories;
  readonly #jobs = new Jobs();
  /** Files that found a directory under their name: it goes when nothing is being written into it. */
  readonly #late: (() => Promise<void>)[] = [];

  constructor(root: string, options: UnpackTreeOptions) {
    this.#root = root;
    this.#options = options;
    this.directories = new Directories(root);
  }

  async putDirectory(path: string, attributes: FileAttributes): Promise<void> {
    if (!this.directories.has(path)) {
      await this.#makeParents(path);
      await this.#settle(path);
      if (!(await this.directories.make(path))) {
        await this.#makeWay(path);
        await this.directories.make(path);
      }
    }
    this.directories.set(path, attributes);
  }

  async putFile(path: string, attributes: FileAttributes, entry: TarEntry): Promise<void> {
    await this.#makeParents(path);
    await this.#settle(path);
    if (this.directories.has(path)) {
      await this.idle();
      await this.#makeWay(path);
    }
    const place = diskPath(this.#root, path);
    if (entry.header.size > SMALL) {
      const fd = await this.#create(path, async () => createFile(place, attributes));
      await this.#wrapped('write', path, fillWithBody(fd, place, entry, attributes, this.#options));
      return;
    }
    const bytes = await entry.bytes();
    const write = async (fd: number): Promise<void> =>
      this.#wrapped('write', path, fillWithBytes(fd, bytes, attributes));
    await this.#jobs.start(path, async () => {
      const fd = await this.#createFile(path, attributes);
      if (fd !== undefined) {
        await write(fd);
        return;
      }
      this.#late.push(async () => {
        await write(await this.#create(path, async () => createFile(place, attributes)));
      });
    });
  }

  async putSymbolicLink(path: string, attributes: FileAttributes, target: string): Promise<void> {
    await this.#makeParents(path);
    await this.#settle(path);
    await this.#symlink(path, linkTarget(target));
    await this.#wrapped('write', path, setLinkAttributes(diskPath(this.#root, path), attributes));
  }

  /** @throws {@link ArchiveInvalidError} if there is nothing under the name of the target. */
  async putHardLink(path: string, target: string): Promise<void> {
    if (path === target) return;
    await this.#makeParents(path);
    await this.#settle(path);
    await this.#settle(target);
    const source = diskPath(this.#root, target);
    if (!(await this.directories.verify(directoryOf(target)))) throw dangling(path, target);
    const stats = await lstat(source).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') throw dangling(path, target);
      throw fileSystemError('read', `${this.#root}/${target}`, error);
    });
    if (stats.isDirectory()) throw dangling(path, target);
    // Some systems follow a symbolic link here, and would link what it leads to.
    if (stats.isSymbolicLink()) {
      const text = await this.#wrapped('read', target, readlink(source, { encoding: 'buffer' }));
      await this.#symlink(path, text);
      const attributes = { mtime: stats.mtimeMs / 1000, owner: stats };
      await this.#wrapped('write', path, setLinkAttributes(diskPath(this.#root, path), attributes));
      return;
    }
    await this.#create(path, async () => link(source, diskPath(this.#root, path)));
  }

  /** Removes what is there, whatever it is, unless it lies behind a link. */
  async remove(path: string): Promise<void> {
    await this.idle();
    if (!(await this.directories.verify(directoryOf(path)))) return;
    await this.#wrapped('remove', path, removeTree(diskPath(this.#root, path)));
    this.directories.forget(path);
  }

  /** Waits until everything that was begun is on the disk. */
  async idle(): Promise<void> {
    await this.#jobs.idle();
    for (let write = this.#late.shift(); write !== undefined; write = this.#late.shift()) await write();
  }

  /** Waits for what was begun, whatever becomes of it; nothing is written afterwards. */
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
    await this.#settle(directory);
    if (await this.directories.make(directory)) return;
    await this.idle();
    if (!this.#options.replacesParents(directory)) throw behindLink(path, directory);
    await this.#makeWay(directory);
    await this.directories.make(directory);
  }

  /** Waits for a file that is being written under this name, so that what comes later replaces it. */
  async #settle(path: string): Promise<void> {
    if (this.#jobs.has(path) || this.#late.length > 0) await this.idle();
  }

  async #symlink(path: string, target: DiskPath): Promise<void> {
    await this.#create(path, async () => symlink(target, diskPath(this.#root, path)));
  }

  /** Creates what may not be there yet; if something is, it goes first. */
  async #create<T>(path: string, make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileSystemError('create', `${this.#root}/${path}`, error);
    }
    await this.idle();
    await this.#makeWay(path);
    return this.#wrapped('create', path, make());
  }

  /** Creates a file, in the place of anything but a directory; undefined if there is one. */
  async #createFile(path: string, attributes: FileAttributes): Promise<number | undefined> {
    const place = diskPath(this.#root, path);
    try {
      return await createFile(place, attributes);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileSystemError('create', `${this.#root}/${path}`, error);
    }
    if ((await this.#wrapped('read', path, lstat(place))).isDirectory()) return undefined;
    await this.#makeWay(path);
    return this.#wrapped('create', path, createFile(place, attributes));
  }

  /** Removes what has a name, without following it. If it may be a directory, nothing else may be under way. */
  async #makeWay(path: string): Promise<void> {
    const place = diskPath(this.#root, path);
    const stats = await this.#wrapped('read', path, lstat(place));
    if (!stats.isDirectory()) {
      await this.#wrapped('replace', path, unlink(place));
      return;
    }
    if (!this.#options.replacesDirectories && !this.directories.isMade(path)) {
      const cause: NodeJS.ErrnoException = new Error('a directory is there');
      cause.code = 'EISDIR';
      throw new FileSystemError('replace', `${this.#root}/${path}`, cause);
    }
    await this.#wrapped('replace', path, removeTree(place));
    this.directories.forget(path);
  }

  async #wrapped<T>(operation: string, path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw fileSystemError(operation, `${this.#root}/${path}`, error);
    }
  }
}

function dangling(path: string, target: string): ArchiveInvalidError {
  return new ArchiveInvalidError(
    `unpack: the hard link ${JSON.stringify(path)} leads to ${JSON.stringify(target)}, which no entry before it is`,
  );
}
