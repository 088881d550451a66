import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { type Limiter, limiter } from '../../internal/async/limit.js';
import type { Repository } from '../../name/reference.js';
import type { MountSource } from '../../v1/layer.js';

/** A repository that has a blob, or gets it. */
interface Holding {
  readonly repository: string;
  readonly arrived: Lazy<void>;
}

/** The uploads of a run: what is in which repository by now, and how much is sent at the same time. */
export class Uploads {
  /** Bounds the number of blobs that are sent at the same time. */
  readonly limit: Limiter;
  /** Registries, by host, that refused a blob in one request and took it in chunks. */
  readonly chunkedOnly = new Set<string>();
  /** By registry and digest: the repositories that have the blob or get it, in the order of the calls. */
  readonly #holdings = new Map<string, Holding[]>();

  constructor(jobs: number) {
    this.limit = limiter(jobs);
  }

  /** Brings something into a repository once, however many callers need it there. A failure is forgotten. */
  async once(
    repository: Repository,
    digest: string,
    upload: (options: { readonly signal: AbortSignal }) => Promise<void>,
    options: AbortOptions,
  ): Promise<void> {
    const holdings = this.#holdingsOf(repository, digest);
    const name = repository.repositoryStr();
    let holding = holdings.find((other) => other.repository === name);
    if (holding === undefined) {
      holding = { repository: name, arrived: lazy(upload) };
      holdings.push(holding);
    }
    try {
      await holding.arrived(options);
    } catch (error) {
      remove(holding, holdings);
      throw error;
    }
  }

  /** Waits for another repository of the registry that gets the blob in this run; undefined if there is none. */
  async holder(
    repository: Repository,
    digest: string,
    options: AbortOptions,
  ): Promise<MountSource | undefined> {
    // Only the first repository is waited for, never a later one: two that waited for each other would wait for ever.
    const [first] = this.#holdingsOf(repository, digest);
    if (first === undefined || first.repository === repository.repositoryStr()) return undefined;
    try {
      await first.arrived(options);
      return { registry: repository.registryStr(), repository: first.repository };
    } catch {
      options.signal?.throwIfAborted();
      return undefined;
    }
  }

  #holdingsOf(repository: Repository, digest: string): Holding[] {
    const key = `${repository.registryStr()} ${digest}`;
    const known = this.#holdings.get(key) ?? [];
    this.#holdings.set(key, known);
    return known;
  }
}

function remove(holding: Holding, holdings: Holding[]): void {
  const index = holdings.indexOf(holding);
  if (index >= 0) holdings.splice(index, 1);
}
