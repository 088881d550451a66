import type { Access } from './http/auth.js';
import { deleteBlob, getBlob } from './blobs.js';
import { listRepositories } from './catalog.js';
import type { Resource } from './http/exchange.js';
import { deleteManifest, getManifest, putManifest } from './manifests.js';
import { ping } from './ping.js';
import { listReferrers } from './referrers.js';
import { listTags } from './tags.js';
import { appendToUpload, cancelUpload, finishUpload, startUpload, uploadStatus } from './uploads.js';

interface Endpoint {
  readonly run: Resource;
  readonly access: 'ping' | 'catalog' | Extract<Access, { type: 'repository' }>['action'];
}

interface Route {
  /** Matched against the decoded path; `name` and `reference` are the parts that vary. */
  readonly path: RegExp;
  readonly methods: Readonly<Partial<Record<string, Endpoint>>>;
}

const pull = (run: Resource): Endpoint => ({ run, access: 'pull' });
const push = (run: Resource): Endpoint => ({ run, access: 'push' });
const remove = (run: Resource): Endpoint => ({ run, access: 'delete' });

/**
 * All resources of the registry, in the order of matching.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
const routes: readonly Route[] = [
  { path: /^\/v2\/?$/, methods: { GET: { run: ping, access: 'ping' }, HEAD: { run: ping, access: 'ping' } } },
  { path: /^\/v2\/_catalog$/, methods: { GET: { run: listRepositories, access: 'catalog' } } },
  { path: /^\/v2\/(?<name>.*)\/blobs\/uploads\/?$/s, methods: { POST: push(startUpload) } },
  {
    path: /^\/v2\/(?<name>.*)\/blobs\/uploads\/(?<reference>[^/]+)$/s,
    methods: {
      GET: push(uploadStatus),
      PATCH: push(appendToUpload),
      PUT: push(finishUpload),
      DELETE: push(cancelUpload),
    },
  },
  {
    path: /^\/v2\/(?<name>.*)\/blobs\/(?<reference>[^/]+)$/s,
    methods: { GET: pull(getBlob), HEAD: pull(getBlob), DELETE: remove(deleteBlob) },
  },
  {
    path: /^\/v2\/(?<name>.*)\/manifests\/(?<reference>[^/]+)$/s,
    methods: {
      GET: pull(getManifest),
      HEAD: pull(getManifest),
      PUT: push(putManifest),
      DELETE: remove(deleteManifest),
    },
  },
  { path: /^\/v2\/(?<name>.*)\/tags\/list$/s, methods: { GET: pull(listTags) } },
  { path: /^\/v2\/(?<name>.*)\/referrers\/(?<reference>[^/]+)$/s, methods: { GET: pull(listReferrers) } },
];

/** The resource that a path names. */
export interface RouteMatch {
  readonly methods: Route['methods'];
  /** The name of the repository, not validated; undefined for a resource that belongs to no repository. */
  readonly name: string | undefined;
  readonly reference: string;
}

/** Finds the resource of a decoded path. */
export function matchRoute(path: string): RouteMatch | undefined {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match !== null) {
      const { name, reference = '' } = match.groups ?? {};
      return { methods: route.methods, name, reference };
    }
  }
  return undefined;
}
