import type { Repository } from '../../name/reference.js';

export function manifestPath(repository: Repository, identifier: string): string {
  return `/v2/${repository.repositoryStr()}/manifests/${identifier}`;
}

export function blobPath(repository: Repository, digest: string): string {
  return `/v2/${repository.repositoryStr()}/blobs/${digest}`;
}

export function uploadsPath(repository: Repository): string {
  return `/v2/${repository.repositoryStr()}/blobs/uploads/`;
}

/** The full name of a manifest: the repository, and the tag or digest. */
export function manifestReference(repository: Repository, identifier: string): string {
  return `${repository.name()}${identifier.includes(':') ? '@' : ':'}${identifier}`;
}

/** The name of a manifest in error messages. */
export function manifestName(repository: Repository, identifier: string): string {
  return `manifest ${manifestReference(repository, identifier)}`;
}

/** The name of a blob in error messages. */
export function blobName(repository: Repository, digest: string): string {
  return `blob ${repository.name()}@${digest}`;
}
