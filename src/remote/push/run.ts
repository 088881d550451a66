import type { AbortOptions } from '../../internal/async/abort.js';
import { uniteScopes } from '../../transport/auth/scopes.js';
import type { Repository } from '../../name/reference.js';
import type { Layer } from '../../v1/layer.js';
import type { Connections } from '../connection/connection.js';
import type { PushRun } from './blob.js';

/** Begins a push into a repository. */
export async function startRun(
  connections: Connections,
  repository: Repository,
  options: AbortOptions,
  actions = 'push,pull',
): Promise<PushRun> {
  const { session, ...access } = await connections.access(repository, options);
  // What mirrors have says nothing about what the registry lacks.
  const direct = session.direct ?? session;
  return {
    connections,
    access: {
      ...access,
      session: direct,
      mirrored: direct !== session,
      inPieces: connections.uploads.inPieces,
      scopes: [repository.scope(actions)],
    },
    found: new Map(),
  };
}

/** The same run with a token that also serves to mount these layers, so that one token is enough. */
export function forMounting(run: PushRun, layers: readonly Layer[]): PushRun {
  const { repository, scopes } = run.access;
  const sources = layers.flatMap((layer) => {
    const source = layer.mountFrom?.();
    return source?.registry === repository.registryStr() ? [`repository:${source.repository}:pull`] : [];
  });
  return { ...run, access: { ...run.access, scopes: uniteScopes(scopes, sources) } };
}
