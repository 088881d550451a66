import type { Cache } from './cache.js';

/** Wraps a cache so that it is read, but never written: `put` and `delete` do nothing. */
export function readOnly(cache: Cache): Cache {
  return Object.freeze<Cache>({
    get: async (hash, options) => cache.get(hash, options),
    put: async (layer) => layer,
    delete: async () => undefined,
  });
}
