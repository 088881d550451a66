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

/**
 * A conversation whose reads of manifests and blobs are answered by the first of several places that can; everything
 * else goes to the registry itself.
 *
 * A mirror gets one attempt. Whatever goes wrong with it leads to the next place; the last one, which is the registry
 * or the `location` in its place, is asked with all retries, and its failure is what the caller sees.
 */
export function routedSession(registry: Registry, options: SessionOptions, routes: RouteTable): Session {
  const { host } = new URL(`https://${registry.registryStr()}`);
  const direct = directSession(registry, options);
  const insecure = directSession(newRegistry(registry.registryStr(), { insecure: true }), options);
  const pool = newMirrorPool(registry, options, routes);

  const origin = (route: Route | undefined): Session => (route?.insecure === true ? insecure : direct);

  const request = async (options: SessionRequest): Promise<SessionResponse> => {
    const { repository, content } = readTarget(options);
    const route = routes.route(host, repository);
    if (route === undefined || content === undefined) return origin(route).request(options);
    for (const mirror of route.mirrors) {
      if (!serves(mirror, content) || pool.isAside(mirror)) continue;
      const response = await attempt(mirror, options, content);
      if (response !== undefined) return response;
    }
    if (route.location === undefined) return origin(route).request(options);
    return pool.last(route.location).request(elsewhere(options, route.location, content));
  };

  /** Undefined if another place has to be asked. */
  const attempt = async (
    mirror: Source,
    options: SessionRequest,
    content: Content,
  ): Promise<SessionResponse | undefined> => {
    try {
      return await askMirror(pool.session(mirror), elsewhere(options, mirror, content), content, (error) => {
        pool.setAside(mirror, error);
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isContainerError(error)) throw error;
      publish('fallback', () => ({ mirror: `${mirror.host}/${mirror.repository}`, error }));
      pool.setAside(mirror, error);
      return undefined;
    }
  };

  const writing: Session = {
    registry,
    request: async (options) => origin(routes.route(host, readTarget(options).repository)).request(options),
  };
  return { registry, request, direct: writing };
}

function serves({ pull }: Source, content: Content): boolean {
  if (content.kind === 'blobs' || pull === 'all') return true;
  return isByDigest(content) === (pull === 'digest-only');
}

/** The same question to another place. */
function elsewhere(options: SessionRequest, { repository }: Source, content: Content): SessionRequest {
  return {
    ...options,
    target: `/v2/${repository}/${content.kind}/${content.identifier}`,
    scopes: options.scopes.length === 0 ? [] : [`repository:${repository}:pull`],
  };
}
