import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { noSuchLayer } from './layers/no-such-layer.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import { diffIds, type WithConfigFile } from './config-values.js';
import { fsLayers, type WithManifest } from './manifest-values.js';

/** A source of a parsed manifest and a parsed config. */
export interface WithManifestAndConfigFile extends WithManifest, WithConfigFile {}

/** The digest of a layer as stored, and the digest of its tar. */
export interface LayerNames {
  readonly digest: Hash;
  readonly diffId: Hash;
}

/**
 * Pairs the layers of the manifest with the diff IDs of the config, the base first.
 *
 * @throws ManifestInvalidError if their numbers differ.
 */
export async function layerNames(
  source: WithManifestAndConfigFile,
  options?: AbortOptions,
): Promise<readonly LayerNames[]> {
  const blobs = await fsLayers(source, options);
  const ids = await diffIds(source, options);
  if (blobs.length !== ids.length) {
    throw new ManifestInvalidError(
      `the manifest lists ${blobs.length} layers, but the config has ${ids.length} diff IDs`,
    );
  }
  return blobs.flatMap((digest, at) => {
    const diffId = ids[at];
    return diffId === undefined ? [] : [{ digest, diffId }];
  });
}

/**
 * The digest of the tar inside a stored layer, looked up without reading it.
 *
 * @throws NotFoundError if the image has no such layer.
 * @throws ManifestInvalidError if the manifest and the config list different numbers of layers.
 */
export async function blobToDiffId(
  source: WithManifestAndConfigFile,
  blob: Hash,
  options?: AbortOptions,
): Promise<Hash> {
  const found = (await layerNames(source, options)).find((names) => names.digest === blob);
  if (found === undefined) throw noSuchLayer(`layer ${blob}`);
  return found.diffId;
}

/**
 * The digest of the stored layer that holds a tar, looked up without reading it.
 *
 * @throws NotFoundError if the image has no such layer.
 * @throws ManifestInvalidError if the manifest and the config list different numbers of layers.
 */
export async function diffIdToBlob(
  source: WithManifestAndConfigFile,
  diffId: Hash,
  options?: AbortOptions,
): Promise<Hash> {
  const found = (await layerNames(source, options)).find((names) => names.diffId === diffId);
  if (found === undefined) throw noSuchLayer(`diff ID ${diffId}`);
  return found.digest;
}
