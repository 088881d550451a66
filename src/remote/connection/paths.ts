import type { Repository } from '../../name/reference.js';
import type { Session } from '../../transport/session/session.js';
import type { Settings } from './options.js';

/** A repository as an operation sees it: where it is, the conversation with it, and the rules. */
export interface Access {
  readonly repository: Repository;
  readonly session: Session;
  readonly settings: Settings;
}

export function manifestPath(repository: Repository, identifier: string): string {
  return `/v2/${repository.repositoryStr()}/manifests/${identifier}`;
}

export function blobPath(repository: Repository, digest: string): string {
  return `/v2/${repository.repositoryStr()}/blobs/${digest}`;
}

export function uploadsPath(repository: Repository): string {
  return `/v2/${repository.repositoryStr()}/blobs/uploads/`;
}

/** How errors call a manifest. */
export function manifestName(repository: Repository, identifier: string): string {
  return `manifest ${repository.name()}${identifier.includes(':') ? '@' : ':'}${identifier}`;
}

/** How errors call a blob. */
export function blobName(repository: Repository, digest: string): string {
  return `blob ${repository.name()}@${digest}`;
}
