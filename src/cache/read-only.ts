import type { Cache } from './cache.js';

/** A cache that is read, but never written to: `put` and `delete` do nothing. */
export function readOnly(cache: Cache): Cache {
  return Object.freeze<Cache>({
    get: async (hash, options) => cache.get(hash, options),
    put: async (layer) => layer,
    delete: async () => undefined,
  });
}
