import { isContainerError } from '../../errors/base.js';
import type { Registry } from '../../name/reference.js';
import { newRegistry } from '../../name/registry.js';
import { directSession } from '../session/direct-session.js';
import { publish } from '../wire/diagnostics.js';
import { askMirror } from './mirror-response.js';
import { newMirrorPool } from './mirror-pool.js';
import { type Content, isByDigest, readTarget } from './read-target.js';
import type { Route, RouteTable, Source } from '../settings/route-table.js';
import type { Session, SessionRequest, SessionResponse } from '../session/session.js';
import type { SessionOptions } from '../settings/session-options.js';

// Start reading this room here. `read-target` says which requests mirrors may serve, `mirror-pool` holds the sessions
// with mirrors, and `mirror-response` checks what a mirror sends.

/**
 * A session that reads manifests and blobs from the first source that has them. All other requests go to the registry
 * itself.
 *
 * A mirror gets one attempt. If anything goes wrong with it, the next source is asked. The last source is the registry,
 * or the `location` that replaces it: it gets all retries, and the caller sees its failure.
 */
export function routedSession(registry: Registry, options: SessionOptions, routes: RouteTable): Session {
  const { host } = new URL(`https://${registry.registryStr()}`);
  const direct = directSession(registry, options);
  const insecure = directSession(newRegistry(registry.registryStr(), { insecure: true }), options);
  const pool = newMirrorPool(registry, options, routes);

  const registrySession = (route: Route | undefined): Session =>
    route?.insecure === true ? insecure : direct;

  const send = async (request: SessionRequest): Promise<SessionResponse> => {
    const { repository, content } = readTarget(request);
    const route = routes.route(host, repository);
    if (route === undefined || content === undefined) return registrySession(route).request(request);
    for (const mirror of route.mirrors) {
      if (!mayServe(mirror, content) || pool.isSuspended(mirror)) continue;
      const response = await tryMirror(mirror, request, content);
      if (response !== undefined) return response;
    }
    if (route.location === undefined) return registrySession(route).request(request);
    return pool.retryingSession(route.location).request(retarget(request, route.location, content));
  };

  /** Undefined if the next source has to be asked. */
  const tryMirror = async (
    mirror: Source,
    request: SessionRequest,
    content: Content,
  ): Promise<SessionResponse | undefined> => {
    const session = pool.singleAttemptSession(mirror);
    try {
      return await askMirror(session, retarget(request, mirror, content), content, (error) => {
        pool.suspend(mirror, error);
      });
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!isContainerError(error)) throw error;
      publish('fallback', () => ({ mirror: `${mirror.host}/${mirror.repository}`, error }));
      pool.suspend(mirror, error);
      return undefined;
    }
  };

  const withoutMirrors: Session = {
    registry,
    request: async (request) => {
      const { repository } = readTarget(request);
      return registrySession(routes.route(host, repository)).request(request);
    },
  };
  return { registry, request: send, direct: withoutMirrors };
}

/** Whether the settings let a mirror serve this content. */
function mayServe({ pull }: Source, content: Content): boolean {
  if (content.kind === 'blobs' || pull === 'all') return true;
  return isByDigest(content) === (pull === 'digest-only');
}

/** The same request for the repository of another source. */
function retarget(request: SessionRequest, { repository }: Source, content: Content): SessionRequest {
  return {
    ...request,
    target: `/v2/${repository}/${content.kind}/${content.identifier}`,
    scopes: request.scopes.length === 0 ? [] : [`repository:${repository}:pull`],
  };
}
