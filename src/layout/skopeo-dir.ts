import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import type { StoredImages } from '../stored/images.js';
import { hashHex, sha256Bytes } from '../v1/hash.js';
import { manifestType } from '../v1/documents/manifest-type.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { MANIFEST_MAX_BYTES } from '../v1/documents/decode-document.js';
import { isImage, isIndex, ociImageIndex } from '../v1/types.js';
import { blobFiles } from './blobs/files.js';
import { readSmallFile } from './index-file.js';
import { listedImages } from './listed-images.js';
import type { OpenOptions } from './path.js';

const MANIFEST_FILE = 'manifest.json';

/** Whether a directory has a `manifest.json` as {@link openSkopeoDir} reads it, and is not a layout. */
export async function isSkopeoDir(directory: string): Promise<boolean> {
  const [manifest, layout] = await Promise.all([
    isFile(path.join(directory, MANIFEST_FILE)),
    isFile(path.join(directory, 'index.json')),
  ]);
  return manifest && !layout;
}

/**
 * Opens a directory that `skopeo copy dir:` or `podman save --format docker-dir` wrote. It contains a manifest, and blobs that
 * are named by the hexadecimal part of their digests. The manifests of an index are in the same directory.
 *
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md
 */
export async function openSkopeoDir(directory: string, options: OpenOptions = {}): Promise<StoredImages> {
  const { maxManifestBytes: maxBytes = MANIFEST_MAX_BYTES, signal } = options;
  const file = path.join(directory, MANIFEST_FILE);
  const manifest = await readSmallFile(file, { maxBytes, option: 'maxManifestBytes', signal });
  const mediaType = manifestType(file, undefined, manifest);
  if (!isImage(mediaType) && !isIndex(mediaType)) throw new ManifestInvalidError(`${file} is not a manifest`);
  const digest = sha256Bytes(manifest);
  const blobs = blobFiles(directory, {
    ...options,
    nameOf: (blob, kind) => {
      if (blob === digest) return MANIFEST_FILE;
      return kind === 'manifest' ? `${hashHex(blob)}.${MANIFEST_FILE}` : hashHex(blob);
    },
  });
  const top = { mediaType, size: manifest.byteLength, digest };
  const listed = marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [top] });
  return listedImages(directory, { mediaType: ociImageIndex, content: listed, blobs }, options);
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
