import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';

/** A bearer token. Its times are in milliseconds since the epoch. */
export interface CachedToken {
  readonly value: string;
  readonly scopes: readonly string[];
  /** The realm of the challenge for which the token was requested. */
  readonly realm: string | undefined;
  /** The service of that challenge. */
  readonly service: string | undefined;
  /** Whether the registry has accepted the token. If it is refused later, it was revoked or expired early. */
  accepted: boolean;
  /** From this time on, a new token is requested. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

interface Entry {
  readonly obtain: Lazy<CachedToken>;
  token: CachedToken | undefined;
}

/** Tokens by key. Concurrent callers share one request. */
export interface TokenCache {
  /** The token with a key. `fetch` requests a new one if the cache has none, or its token is about to expire. */
  obtain(
    key: string,
    now: number,
    fetch: (options: AbortOptions) => Promise<CachedToken>,
    options: AbortOptions,
  ): Promise<CachedToken>;
  /** Removes a token that a registry refused. */
  forget(value: string): void;
}

/** If there are more entries, the oldest one is dropped. */
const MAX_ENTRIES = 1000;

export function newTokenCache(): TokenCache {
  const entries = new Map<string, Entry>();

  const newEntry = (key: string, fetch: (options: AbortOptions) => Promise<CachedToken>): Entry => {
    const entry: Entry = {
      token: undefined,
      obtain: lazy(async (options) => {
        try {
          entry.token = await fetch(options);
          return entry.token;
        } catch (error) {
          // A failure is not cached: another session may have other options, such as more trusted realms.
          if (entries.get(key) === entry) entries.delete(key);
          throw error;
        }
      }),
    };
    const [oldest] = entries.keys();
    if (entries.size >= MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    entries.set(key, entry);
    return entry;
  };

  return {
    async obtain(key, now, fetch, options) {
      const known = entries.get(key);
      const previous = known?.token;
      if (known !== undefined && (previous === undefined || now < previous.refreshAt))
        return known.obtain(options);
      try {
        return await newEntry(key, fetch).obtain(options);
      } catch (error) {
        options.signal?.throwIfAborted();
        // The token server is down, but the previous token is still valid for a while.
        if (previous !== undefined && now < previous.expiresAt) return previous;
        throw error;
      }
    },
    forget(value) {
      for (const [key, { token }] of entries) {
        if (token?.value === value) entries.delete(key);
      }
    },
  };
}
