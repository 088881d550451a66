import { TransportError } from '../../errors/service/transport.js';

/** What a request to the distribution API was about. */
export interface RegistryResource {
  /** The host as people write it. */
  readonly host: string;
  readonly repository: string | undefined;
  readonly kind: string | undefined;
  /** The tag or digest of a manifest or blob; empty for other resources. */
  readonly identifier: string;
}

/** The response of a server that an error is about. */
export function responseOf(error: Error): TransportError | undefined {
  if (error instanceof TransportError) return error;
  return error.cause instanceof TransportError ? error.cause : undefined;
}

/** The resource of a request to the distribution API; undefined for other requests, such as those to a token server. */
export function resourceOf(url: string | undefined): RegistryResource | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  const match = /^\/v2\/(?:(.+)\/(manifests|blobs|tags|referrers)\/([^/]*)|$|_catalog)/.exec(pathname);
  if (match === null) return undefined;
  const [, repository, kind, identifier = ''] = match;
  return { host: userHost(host), repository, kind, identifier };
}

/** The host as people write it. */
export function userHost(host: string): string {
  return isHub(host) ? 'docker.io' : host;
}

/** Docker Hub responds at other hosts than the one that people write. */
function isHub(host: string): boolean {
  return host === 'index.docker.io' || host === 'registry-1.docker.io';
}
