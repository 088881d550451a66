import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renameReplacing } from '../../../internal/files/atomic-file.js';
import { type OpenFile, fileSystemError, openFile } from '../../../internal/files/open-file.js';
import { removeTree } from '../../../internal/files/remove-tree.js';
import { type Hash, hashAlgorithm, hashHex } from '../../../v1/hash.js';

/** Symbolic links are not followed, and a FIFO does not block. Windows has neither flag. */
const READ_FLAGS =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- undefined on Windows
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Files named by the digest of their content: `<dir>/<algorithm>/<hex>`.
 *
 * The content of a file is verified when this process first uses it, and again if the file system reports that the file has
 * changed. A file with wrong content counts as absent, so that a push replaces it.
 */
export class ContentFiles {
  readonly #dir: string;
  readonly #durable: boolean;
  /** The identity of each file when its content was verified; see {@link fileIdentity}. */
  readonly #verified = new Map<Hash, string>();
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

  /** A path for content whose digest is not known yet. It is on the same file system, so that the file can be renamed. */
  temporaryPath(name: string): string {
    return join(this.#uploads, name);
  }

  /** Renames a complete file to its final name. The caller has verified its content. */
  async publish(temporary: string, digest: Hash): Promise<void> {
    const path = this.#path(digest);
    try {
      // An existing file is replaced, because its content may be damaged.
      await renameReplacing(temporary, path);
      if (this.#durable) await this.#syncDirectory(digest);
      this.#verified.set(digest, await fileIdentity(path));
    } catch (error) {
      throw fileSystemError('write', path, error);
    }
  }

  /** Opens a file with verified content; undefined if there is none. */
  async open(digest: Hash): Promise<OpenFile | undefined> {
    if (!(await this.check(digest))) return undefined;
    try {
      return await openFile(this.#path(digest), READ_FLAGS);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Whether there is a file with the right content. The file is read if this is not known. */
  async check(digest: Hash): Promise<boolean> {
    const path = this.#path(digest);
    try {
      const identity = await fileIdentity(path);
      if (this.#verified.get(digest) === identity) return true;
      let check = this.#checking.get(digest);
      if (check === undefined) {
        check = this.#verify(digest, identity).finally(() => this.#checking.delete(digest));
        this.#checking.set(digest, check);
      }
      return await check;
    } catch (error) {
      if (isMissing(error)) return false;
      throw fileSystemError('read', path, error);
    }
  }

  async remove(digest: Hash): Promise<void> {
    this.#verified.delete(digest);
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
      this.#verified.set(digest, identity);
      return true;
    } finally {
      await file.close();
    }
  }

  async #syncDirectory(digest: Hash): Promise<void> {
    // Windows cannot open directories; its file system journals renames itself.
    if (process.platform === 'win32') return;
    const directory = await open(join(this.#dir, hashAlgorithm(digest)), 'r');
    await directory.sync().finally(async () => directory.close());
  }

  /** The path of a file. Only parsed digests become paths. */
  #path(digest: Hash): string {
    return join(this.#dir, hashAlgorithm(digest), hashHex(digest));
  }

  get #uploads(): string {
    return join(this.#dir, 'uploads');
  }
}

/** A text that changes if the file is replaced or modified. */
async function fileIdentity(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

function isMissing(error: unknown): boolean {
  const { systemCode, code } = error as { systemCode?: unknown; code?: unknown };
  const missing = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'];
  return missing.includes(String(systemCode)) || missing.includes(String(code));
}
