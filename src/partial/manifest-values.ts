import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import { type Hash, sha256Bytes } from '../v1/hash.js';
import type { Manifest } from '../v1/manifest.js';
import { marshalManifest } from '../v1/documents/marshal.js';
import { decodeManifest } from '../v1/documents/decode-manifest.js';
import { memoByBytes } from './memo-by-bytes.js';

/** A source of the exact bytes of a manifest: an image or an index. */
export interface WithRawManifest {
  /** The manifest's exact bytes. The array is shared: do not write to it. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
}

/** A source of a parsed image manifest. */
export interface WithManifest {
  /** The parsed manifest, which is frozen. */
  manifest(options?: AbortOptions): Promise<Manifest>;
}

// The size of the bytes was checked when they were read.
const parsed = memoByBytes((bytes) => decodeManifest(bytes));
const hashed = memoByBytes(sha256Bytes);

/** Parses the raw manifest; the same bytes are parsed once. */
export async function manifest(source: WithRawManifest, options?: AbortOptions): Promise<Manifest> {
  return parsed(await source.rawManifest(options));
}

/** Serialises a manifest, byte for byte as Go's encoder does. */
export async function rawManifest(source: WithManifest, options?: AbortOptions): Promise<Uint8Array> {
  return marshalManifest(await source.manifest(options));
}

/** Digest of the raw manifest. */
export async function digest(source: WithRawManifest, options?: AbortOptions): Promise<Hash> {
  return hashed(await source.rawManifest(options));
}

/** Bytes of the raw manifest. */
export async function size(source: WithRawManifest, options?: AbortOptions): Promise<number> {
  return (await source.rawManifest(options)).byteLength;
}

/** Digests of the layers as stored, the base first. */
export async function fsLayers(source: WithManifest, options?: AbortOptions): Promise<readonly Hash[]> {
  return (await source.manifest(options)).layers.map((layer) => layer.digest);
}

/**
 * The descriptor of the config or of the first layer with this digest.
 *
 * @throws NotFoundError if the manifest does not list it.
 */
export async function blobDescriptor(
  source: WithManifest,
  blob: Hash,
  options?: AbortOptions,
): Promise<Descriptor> {
  const { config, layers } = await source.manifest(options);
  const found = config.digest === blob ? config : layers.find((layer) => layer.digest === blob);
  if (found === undefined) throw new NotFoundError(`blob ${blob}: the manifest does not list it`);
  return found;
}

/**
 * Bytes of a listed blob, according to the manifest.
 *
 * @throws NotFoundError if the manifest does not list it.
 */
export async function blobSize(source: WithManifest, blob: Hash, options?: AbortOptions): Promise<number> {
  return (await blobDescriptor(source, blob, options)).size;
}
