import type { SessionRequest } from '../session/session.js';

/** The repository and the content that a request names. */
export interface ReadTarget {
  /** Empty if the request concerns the whole registry. */
  readonly repository: string;
  /** Set if a mirror may serve the request: for reads of manifests and blobs. */
  readonly content: Content | undefined;
}

/** A manifest or a blob of a repository. */
export interface Content {
  readonly kind: 'manifests' | 'blobs';
  /** A tag or a digest. */
  readonly identifier: string;
}

const REPOSITORY = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/([^?]*)/;

/** Finds the target of a request in its path. A request to a URL that a server chose has no target. */
export function readTarget({ target, method, scopes, anonymous }: SessionRequest): ReadTarget {
  const [, repository = '', kind, identifier = ''] =
    (typeof target === 'string' ? REPOSITORY.exec(target) : undefined) ?? [];
  const reads =
    (method === 'GET' || method === 'HEAD') &&
    anonymous !== true &&
    // Other scopes mean that the read prepares a write, so the registry itself has to handle it.
    scopes.every((scope) => scope.endsWith(':pull'));
  return { repository, content: reads ? contentOf(kind, identifier) : undefined };
}

function contentOf(kind: string | undefined, identifier: string): Content | undefined {
  if (kind === 'manifests' && identifier !== '') return { kind, identifier };
  return kind === 'blobs' && identifier.includes(':') ? { kind, identifier } : undefined;
}

export const isByDigest = ({ identifier }: Content): boolean => identifier.includes(':');
