import type { SessionRequest } from '../session/session.js';

/** What a request is about. */
export interface ReadTarget {
  /** Empty if it is about the whole registry. */
  readonly repository: string;
  /** Set for what mirrors may be asked for: reads of manifests and blobs. */
  readonly content: Content | undefined;
}

export interface Content {
  readonly kind: 'manifests' | 'blobs';
  /** A tag or a digest. */
  readonly identifier: string;
}

const REPOSITORY = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/([^?]*)/;

/** Understands a request by its path; one to a URL that a server chose is about nothing. */
export function readTarget({ target, method, scopes, anonymous }: SessionRequest): ReadTarget {
  const [, repository = '', kind, identifier = ''] =
    (typeof target === 'string' ? REPOSITORY.exec(target) : undefined) ?? [];
  const reads =
    (method === 'GET' || method === 'HEAD') &&
    anonymous !== true &&
    // What is read in order to write is asked of the registry itself.
    scopes.every((scope) => scope.endsWith(':pull'));
  return { repository, content: reads ? contentOf(kind, identifier) : undefined };
}

function contentOf(kind: string | undefined, identifier: string): Content | undefined {
  if (kind === 'manifests' && identifier !== '') return { kind, identifier };
  return kind === 'blobs' && identifier.includes(':') ? { kind, identifier } : undefined;
}

export const isByDigest = ({ identifier }: Content): boolean => identifier.includes(':');
