import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renameReplacing } from '../../../internal/files/atomic-file.js';
import { type OpenFile, fileSystemError, openFile } from '../../../internal/files/open-file.js';
import { removeTree } from '../../../internal/files/remove-tree.js';
import { type Hash, hashAlgorithm, hashHex } from '../../../v1/hash.js';

/** Symbolic links are not followed, and a FIFO does not block. Windows knows neither flag. */
const READ_FLAGS =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- undefined on Windows
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Files named by the digest of their content: `<dir>/<algorithm>/<hex>`.
 *
 * Content is checked once when this process first meets a file, and again whenever the file
 * system says that it was touched since; a file that fails counts as absent, so that a push
 * replaces it.
 */
export class ContentFiles {
  readonly #dir: string;
  readonly #durable: boolean;
  /** What the file system said of a file when its content was good. */
  readonly #good = new Map<Hash, string>();
  readonly #checking = new Map<Hash, Promise<boolean>>();

  constructor(dir: string, durable: boolean) {
    this.#dir = dir;
    this.#durable = durable;
  }

  /** Makes the directories, and empties the one for unfinished uploads. */
  async prepare(): Promise<void> {
    try {
      await removeTree(this.#uploads);
      for (const directory of ['sha256', 'sha512', 'uploads']) {
        await mkdir(join(this.#dir, directory), { recursive: true });
      }
    } catch (error) {
      throw fileSystemError('create', this.#dir, error);
    }
  }

  /** A path for content whose digest is not known yet, on the same file system. */
  temporaryPath(name: string): string {
    return join(this.#uploads, name);
  }

  /** Gives a complete file its name. The caller vouches for the content. */
  async publish(temporary: string, digest: Hash): Promise<void> {
    const path = this.#path(digest);
    try {
      // Replaces a file of the same name: this content is known to be good, that one may not be.
      await renameReplacing(temporary, path);
      if (this.#durable) await this.#syncFolder(digest);
      this.#good.set(digest, await identityOf(path));
    } catch (error) {
      throw fileSystemError('write', path, error);
    }
  }

  /** Opens a file whose content is known to be good; undefined if there is none. */
  async open(digest: Hash): Promise<OpenFile | undefined> {
    if (!(await this.check(digest))) return undefined;
    try {
      return await openFile(this.#path(digest), READ_FLAGS);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Whether there is a file with good content; reads it if that is not known. */
  async check(digest: Hash): Promise<boolean> {
    const path = this.#path(digest);
    try {
      const identity = await identityOf(path);
      if (this.#good.get(digest) === identity) return true;
      let running = this.#checking.get(digest);
      if (running === undefined) {
        running = this.#verify(digest, identity).finally(() => this.#checking.delete(digest));
        this.#checking.set(digest, running);
      }
      return await running;
    } catch (error) {
      if (isMissing(error)) return false;
      throw fileSystemError('read', path, error);
    }
  }

  async remove(digest: Hash): Promise<void> {
    this.#good.delete(digest);
    try {
      await rm(this.#path(digest), { force: true });
    } catch (error) {
      throw fileSystemError('remove', this.#path(digest), error);
    }
  }

  async #verify(digest: Hash, identity: string): Promise<boolean> {
    const file = await open(this.#path(digest), READ_FLAGS);
    try {
      if (!(await file.stat()).isFile()) return false;
      const hash = createHash(hashAlgorithm(digest));
      const buffer = Buffer.allocUnsafe(1024 ** 2);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, null);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
      }
      if (hash.digest('hex') !== hashHex(digest)) return false;
      this.#good.set(digest, identity);
      return true;
    } finally {
      await file.close();
    }
  }

  async #syncFolder(digest: Hash): Promise<void> {
    // Windows opens no directories; there the file system journals renames itself.
    if (process.platform === 'win32') return;
    const directory = await open(join(this.#dir, hashAlgorithm(digest)), 'r');
    await directory.sync().finally(async () => directory.close());
  }

  /** Nothing but a digest that was parsed ever becomes a path. */
  #path(digest: Hash): string {
    return join(this.#dir, hashAlgorithm(digest), hashHex(digest));
  }

  get #uploads(): string {
    return join(this.#dir, 'uploads');
  }
}

async function identityOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

function isMissing(error: unknown): boolean {
  const { systemCode, code } = error as { systemCode?: unknown; code?: unknown };
  const missing = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'];
  return missing.includes(String(systemCode)) || missing.includes(String(code));
}
