import { lstat, readdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { DigestMismatchError } from '../errors/invalid/mismatch.js';
import { NotFoundError } from '../errors/service/not-found.js';
import { UnsafePathError } from '../errors/invalid/path.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { isTemporaryName } from '../internal/files/atomic-file.js';
import { collect } from '../internal/streams/collect.js';
import { isTakeoverName } from '../internal/lock/takeover.js';
import { fileSystemError } from '../internal/files/open-file.js';
import { isPartialName } from '../internal/resumable/partial-file.js';
import { type Hash, isHash } from '../v1/hash.js';
import type { IndexManifest } from '../v1/manifest.js';
import { MANIFEST_MAX_BYTES } from '../v1/documents/decode-document.js';
import { decodeIndexManifest, decodeManifest } from '../v1/documents/decode-manifest.js';
import { isConfig, isImage, isIndex, isLayer } from '../v1/types.js';
import type { BlobFiles } from './blobs/files.js';
import { assertOwnDirectory } from './blobs/own-directories.js';

/** The files in the directory of a layout. */
export interface StoredFiles {
  /** Digests of the blobs. */
  readonly digests: readonly Hash[];
  /** Files of a write whose process was killed, or that is still running. */
  readonly temporary: readonly string[];
}

/**
 * Lists the blobs and the temporary files of a layout, and no other files.
 *
 * @throws UnsafePathError if a directory is a link, because its files are not the layout's.
 */
export async function storedFiles(root: string): Promise<StoredFiles> {
  const digests: Hash[] = [];
  const temporary = (await namesIn(root)).filter(isLeftover).map((name) => path.join(root, name));
  for (const algorithm of await namesIn(path.join(root, 'blobs'))) {
    const directory = path.join(root, 'blobs', algorithm);
    await assertOwnDirectory(root, directory, 'collect garbage');
    for (const name of await namesIn(directory)) {
      const digest = `${algorithm}:${name}`;
      if (isHash(digest)) digests.push(digest);
      else if (isLeftover(name)) temporary.push(path.join(directory, name));
    }
  }
  return { digests, temporary };
}

function isLeftover(name: string): boolean {
  return isTemporaryName(name) || isPartialName(name) || isTakeoverName(name);
}

/**
 * Finds the blobs of a layout that are not needed. Needed are the blobs that can be reached from `index.json`, and all their
 * referrers.
 */
export async function unreferenced(
  index: IndexManifest,
  stored: readonly Hash[],
  blobs: BlobFiles,
  options: AbortOptions,
): Promise<readonly Hash[]> {
  const kept = new Set<Hash>();
  const keep = async (roots: readonly Reference[]): Promise<void> => {
    const pending = [...roots];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (kept.has(next.digest)) continue;
      kept.add(next.digest);
      pending.push(...(await referencesOf(next, blobs, options)));
    }
  };
  await keep(index.manifests);

  // A referrer can be found only by its own `subject` field, and may have referrers itself.
  const documents = new Map<Hash, Document>();
  for (const digest of stored) {
    if (kept.has(digest)) continue;
    const document = await readDocument(digest, blobs, options);
    if (document?.subject !== undefined) documents.set(digest, document);
  }
  for (let found = true; found;) {
    found = false;
    for (const [digest, { subject, references }] of documents) {
      if (subject === undefined || kept.has(digest) || !kept.has(subject)) continue;
      kept.add(digest);
      await keep(references);
      found = true;
    }
  }
  return stored.filter((digest) => !kept.has(digest));
}

/** Removes temporary files that are so old that no process can still be writing them. */
export async function sweep(files: readonly string[], olderThanMs: number): Promise<void> {
  for (const file of files) {
    try {
      if (Date.now() - (await lstat(file)).mtimeMs > olderThanMs) await unlink(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileSystemError('remove', file, error);
    }
  }
}

interface Reference {
  readonly digest: Hash;
  readonly mediaType: string;
}

interface Document {
  readonly subject: Hash | undefined;
  readonly references: readonly Reference[];
}

async function referencesOf(
  { digest, mediaType }: Reference,
  blobs: BlobFiles,
  options: AbortOptions,
): Promise<readonly Reference[]> {
  if (isLayer(mediaType) || isConfig(mediaType)) return [];
  if (!isImage(mediaType) && !isIndex(mediaType)) {
    return (await readDocument(digest, blobs, options))?.references ?? [];
  }
  const size = await blobs.sizeOf(digest);
  // A layout need not contain everything that it lists, such as the images of other platforms.
  if (size === undefined) return [];
  // Any error in a manifest ends the collection, because the blobs that the manifest needs are unknown.
  const bytes = await blobs.bytes({ digest, size, mediaType }, 'manifest', options);
  if (isIndex(mediaType)) {
    const { manifests, subject } = decodeIndexManifest(bytes, { mediaType });
    return subject === undefined ? manifests : [...manifests, subject];
  }
  const { config, layers, subject } = decodeManifest(bytes, { mediaType });
  return [config, ...layers, ...(subject === undefined ? [] : [subject])];
}

/** Reads the references of a blob of unknown kind; undefined if the blob is not a JSON document. */
async function readDocument(
  digest: Hash,
  blobs: BlobFiles,
  options: AbortOptions,
): Promise<Document | undefined> {
  const size = await blobs.sizeOf(digest);
  if (size === undefined || size > MANIFEST_MAX_BYTES) return undefined;
  try {
    const stream = await blobs.openByDigest(digest, options);
    const subject = `size of blob ${digest}`;
    const bytes = await collect(stream, {
      ...options,
      maxBytes: MANIFEST_MAX_BYTES,
      subject,
    });
    return bytes[0] === OPEN_BRACE ? toDocument(JSON.parse(bytes.toString()) as unknown) : undefined;
  } catch (error) {
    const damaged = error instanceof SyntaxError || error instanceof DigestMismatchError;
    if (damaged || error instanceof NotFoundError || error instanceof UnsafePathError) return undefined;
    throw error;
  }
}

function toDocument(value: unknown): Document {
  const { subject, config, layers, manifests, blobs } = value as Readonly<Record<string, unknown>>;
  const references = [subject, config, layers, manifests, blobs].flat().flatMap(toReferences);
  return { subject: toReferences(subject)[0]?.digest, references };
}

function toReferences(value: unknown): readonly Reference[] {
  if (typeof value !== 'object' || value === null || !('digest' in value)) return [];
  const { digest } = value;
  if (typeof digest !== 'string' || !isHash(digest)) return [];
  const mediaType = 'mediaType' in value && typeof value.mediaType === 'string' ? value.mediaType : '';
  return [{ digest, mediaType }];
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw fileSystemError('list', directory, error);
  }
}

const OPEN_BRACE = 0x7b;
