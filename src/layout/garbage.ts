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
import { MANIFEST_MAX_BYTES } from '../v1/documents/parse-options.js';
import { parseIndexManifest, parseManifest } from '../v1/documents/parse-manifest.js';
import { isConfig, isImage, isIndex, isLayer } from '../v1/types.js';
import type { BlobFiles } from './blobs/files.js';
import { assertOwnDirectory } from './blobs/own-directories.js';

/** What is in the directory of a layout. */
export interface StoredFiles {
  /** Blobs. */
  readonly digests: readonly Hash[];
  /** Files that a write left behind when its process was killed, or that one is writing right now. */
  readonly temporary: readonly string[];
}

/**
 * Lists the directories of a layout; files that are neither blobs nor ours are left out.
 *
 * @throws UnsafePathError for a directory that is a link: what it leads to is not the layout's.
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

/** Finds what of a layout's blobs is needed: everything that `index.json` leads to, and all referrers of that. */
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

  // Nothing but their own subject field leads to referrers, which may have referrers themselves.
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

/** Removes temporary files of which nobody can be the writer any more. */
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
  // A layout may lack content, such as other platforms' images.
  if (size === undefined) return [];
  // Whatever is wrong with a manifest ends the collection: it cannot say what it needs.
  const bytes = await blobs.bytes({ digest, size, mediaType }, 'manifest', options);
  if (isIndex(mediaType)) {
    const { manifests, subject } = parseIndexManifest(bytes, { mediaType });
    return subject === undefined ? manifests : [...manifests, subject];
  }
  const { config, layers, subject } = parseManifest(bytes, { mediaType });
  return [config, ...layers, ...(subject === undefined ? [] : [subject])];
}

/** What a blob of unknown kind refers to, if it is a JSON document; undefined if it is none. */
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
      option: 'maxBytes',
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
