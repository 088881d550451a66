import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';

/** A bearer token and its times, in milliseconds since the epoch. */
export interface HeldToken {
  readonly value: string;
  readonly scopes: readonly string[];
  /** The challenge that it was asked for. */
  readonly realm: string | undefined;
  readonly service: string | undefined;
  /** Whether the registry took it: one that is refused later has been revoked, or has expired early. */
  accepted: boolean;
  /** From here on a new one is fetched. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

interface Entry {
  readonly obtain: Lazy<HeldToken>;
  token: HeldToken | undefined;
}

/** Tokens by what they are good for; one request for any number of waiters. */
export interface TokenCache {
  /** The token under a key, from `fetch` if there is none, or it is about to expire. */
  obtain(
    key: string,
    now: number,
    fetch: (options: AbortOptions) => Promise<HeldToken>,
    options: AbortOptions,
  ): Promise<HeldToken>;
  /** Drops a token that a registry refused. */
  forget(value: string): void;
}

const MAX_ENTRIES = 1000;

export function newTokenCache(): TokenCache {
  const entries = new Map<string, Entry>();

  const start = (key: string, fetch: (options: AbortOptions) => Promise<HeldToken>): Entry => {
    const entry: Entry = {
      token: undefined,
      obtain: lazy(async (options) => {
        try {
          entry.token = await fetch(options);
          return entry.token;
        } catch (error) {
          // Another session may have other rules, such as more trusted realms.
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
      const old = known?.token;
      if (known !== undefined && (old === undefined || now < old.refreshAt)) return known.obtain(options);
      try {
        return await start(key, fetch).obtain(options);
      } catch (error) {
        options.signal?.throwIfAborted();
        // The token server is down, but the old token is good for a while yet.
        if (old !== undefined && now < old.expiresAt) return old;
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
