import { types } from '../../src/v1/index.js';

export const digest = `sha256:${'a'.repeat(64)}`;
export const sha512 = `sha512:${'b'.repeat(128)}`;
export const descriptor = { mediaType: types.ociLayer, size: 3, digest };
export const config = { mediaType: types.ociConfigJson, size: 2, digest };
export const valid = { schemaVersion: 2, mediaType: types.ociManifestSchema1, config, layers: [descriptor] };
export const validIndex = { schemaVersion: 2, mediaType: types.ociImageIndex, manifests: [descriptor] };

/** The manifest with changed fields; undefined removes a field. */
export const manifest = (changes: object): string => JSON.stringify({ ...valid, ...changes });
export const withLayer = (changes: object): string =>
  manifest({ layers: [descriptor, { ...descriptor, ...changes }] });
export const index = (changes: object): string => JSON.stringify({ ...validIndex, ...changes });

export function failure(parse: () => unknown): Error {
  try {
    parse();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
