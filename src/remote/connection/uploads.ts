import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { type Limiter, limiter } from '../../internal/async/limit.js';
import type { Repository } from '../../name/reference.js';
import type { MountSource } from '../../v1/layer.js';

/** What a run knows of where its blobs are, and its share of the network. */
export interface Uploads {
  /** Bounds the blobs that are sent at the same time. */
  readonly limit: Limiter;
  /** Registries, by host, that refused a blob in one request and took it in pieces. */
  readonly inPieces: Set<string>;
  /** Brings something into a repository once, whoever asks for it; a failure is forgotten. */
  once(
    repository: Repository,
    digest: string,
    run: (options: { readonly signal: AbortSignal }) => Promise<void>,
    options: AbortOptions,
  ): Promise<void>;
  /** Another repository of the registry that this run has put the blob into, or is about to. */
  holder(repository: Repository, digest: string, options: AbortOptions): Promise<MountSource | undefined>;
}

interface Holding {
  readonly repository: string;
  readonly arrived: Lazy<void>;
}

export function newUploads(jobs: number): Uploads {
  /** By registry and digest: who has the blob, in the order of asking. */
  const holdings = new Map<string, Holding[]>();
  const at = (repository: Repository, digest: string): Holding[] => {
    const key = `${repository.registryStr()} ${digest}`;
    const known = holdings.get(key) ?? [];
    holdings.set(key, known);
    return known;
  };
  const forget = (holding: Holding, from: Holding[]): void => {
    const index = from.indexOf(holding);
    if (index >= 0) from.splice(index, 1);
  };

  return Object.freeze<Uploads>({
    limit: limiter(jobs),
    inPieces: new Set(),
    once: async (repository, digest, run, options) => {
      const known = at(repository, digest);
      const name = repository.repositoryStr();
      let holding = known.find((other) => other.repository === name);
      if (holding === undefined) {
        holding = { repository: name, arrived: lazy(run) };
        known.push(holding);
      }
      try {
        await holding.arrived(options);
      } catch (error) {
        forget(holding, known);
        throw error;
      }
    },
    holder: async (repository, digest, options) => {
      const name = repository.repositoryStr();
      const known = at(repository, digest);
      // Only those that asked before: two that waited for each other would wait for ever.
      const first = known[0];
      if (first === undefined || first.repository === name) return undefined;
      try {
        await first.arrived(options);
        return { registry: repository.registryStr(), repository: first.repository };
      } catch {
        options.signal?.throwIfAborted();
        return undefined;
      }
    },
  });
}
