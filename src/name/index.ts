/**
 * Names of registries, repositories, tags and digests. The functions complete a name as Docker does, and check it against
 * the complete grammar, so that a parsed name is safe in a URL.
 *
 * Nothing here asks a registry whether the name exists; `remote` does.
 *
 * ```ts
 * import * as name from 'containerregistry/name';
 *
 * const tag = name.newTag('busybox');
 * tag.name(); // 'index.docker.io/library/busybox:latest'
 * tag.context().digest('sha256:...');
 * ```
 *
 * @packageDocumentation
 */
export { newDigest } from './digest.js';
export { DEFAULT_REGISTRY as defaultRegistry, DEFAULT_TAG as defaultTag } from './options.js';
export type { NameOptions } from './options.js';
export { mustParseReference, parseReference } from './parse-reference.js';
export type { BaseReference, Digest, Reference, Registry, Repository, Tag } from './reference.js';
export { newRegistry } from './registry.js';
export { newRepository } from './repository.js';
export { newTag } from './tag.js';
