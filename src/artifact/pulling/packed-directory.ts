import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { type Spool, spool } from '../../internal/files/spool.js';
import { printable } from '../../internal/printable.js';
import { verified } from '../../internal/streams/verify.js';
import { readTar, type TarHeader } from '../../internal/tar/tar.js';
import { plainPath, TOP, type UnpackStep } from '../../internal/unpack/name.js';
import { unpackTar } from '../../internal/unpack/tar.js';
import { isHash } from '../../v1/hash.js';
import { valueOf } from './described.js';
import type { PlannedFile } from './planned-files.js';
import type { TargetDirectory } from './target-directory.js';
import { CONTENT_DIGEST } from '../content/title.js';

interface Limits extends AbortOptions {
  readonly maxBytes: number;
}

/** A packed directory that was downloaded and checked. */
export interface DownloadedDirectory {
  /** Unpacks it. A directory that does not exist appears when it is complete. */
  unpack(target: TargetDirectory, options: Limits & { readonly overwrite: boolean }): Promise<void>;
  close(): Promise<void>;
}

/**
 * Downloads a packed directory into a temporary file, and checks all of it: the digest of the tar, and that every entry and
 * every link stays in the directory, as oras requires.
 */
export async function downloadDirectory(
  { file, path }: PlannedFile,
  { signal, maxBytes }: Limits,
): Promise<DownloadedDirectory> {
  const digest = valueOf(file.annotations, CONTENT_DIGEST);
  if (digest !== undefined && !isHash(digest)) {
    throw new ManifestInvalidError(
      `artifact: the annotation ${CONTENT_DIGEST} of "${printable(path)}" is not a digest`,
    );
  }
  const kept = await spool(await file.open({ signal }), { signal });
  try {
    const tar = await tarOf(kept, { signal, maxBytes });
    const checked =
      digest === undefined ? tar : verified(tar, { digest, subject: `the tar of "${printable(path)}"` });
    for await (const { header } of readTar(checked, { signal })) assertInside(header, path);
  } catch (error) {
    await kept.close();
    throw error;
  }
  return {
    unpack: async (target, options) => unpack(kept, path, target, options),
    close: async () => kept.close(),
  };
}

async function tarOf(kept: Spool, { signal, maxBytes }: Limits): Promise<Readable> {
  return decompressed(kept.open(), { signal, maxBytes });
}

async function unpack(
  kept: Spool,
  path: string,
  target: TargetDirectory,
  { signal, maxBytes, overwrite }: Limits & { readonly overwrite: boolean },
): Promise<void> {
  // The owners in the archive have no meaning on this machine.
  const options = { signal, maxBytes, keepOwners: false };
  await target.check(path, { overwrite, isPacked: true });
  const directory = await target.prepare(path);
  const tar = await tarOf(kept, { signal, maxBytes });
  if (await target.has(path)) {
    await unpackTar(tar, target.root, { ...options, merge: overwrite });
  } else {
    await unpackTar(tar, directory, { ...options, readName: (name) => below(name, path) });
  }
}

/** The path of an entry below its packed directory. */
function below(name: string, directory: string): UnpackStep {
  const path = plainPath(name);
  return { kind: 'put', path: path === directory ? TOP : path.slice(directory.length + 1) };
}

/** @throws UnsafePathError if an entry or the target of a link lies outside the packed directory. */
function assertInside({ name, type, linkName }: TarHeader, directory: string): void {
  const path = plainPath(name);
  if (!isInside(path, directory)) throw outside(name, directory);
  if (type === 'link' && !isInside(plainPath(linkName), directory)) throw outside(linkName, directory);
  if (type !== 'symlink') return;
  const isAbsolute = /^(?:[\\/]|[a-z]:)/i.test(linkName);
  const linked = posix.normalize(posix.join(posix.dirname(path), linkName));
  if (isAbsolute || !isInside(linked, directory)) throw outside(linkName, directory);
}

function isInside(path: string, directory: string): boolean {
  if (directory === TOP) return path !== '..' && !path.startsWith('../') && !path.startsWith('/');
  return path === directory || path.startsWith(`${directory}/`);
}

function outside(name: string, directory: string): UnsafePathError {
  return new UnsafePathError(
    `artifact: the packed directory "${printable(directory || '.')}" has an entry or link that leads outside: "${printable(name)}"`,
  );
}
