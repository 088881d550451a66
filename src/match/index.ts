/**
 * Predicates over descriptors, to keep or remove children of an index.
 *
 * They look only at descriptors and read nothing.
 *
 * ```ts
 * import * as match from 'containerregistry/match';
 *
 * const wanted = match.platforms({ os: 'linux', architecture: 'arm64' });
 * const found = (await index.indexManifest()).manifests.filter(wanted);
 * ```
 *
 * @packageDocumentation
 */
export { annotation, digests, mediaTypes, name, platforms } from './matchers.js';
export type { Matcher } from './matchers.js';
