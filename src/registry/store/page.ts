import type { OutgoingHttpHeaders } from 'node:http';
import { ProtocolError } from './protocol-error.js';

export interface Page<T> {
  readonly items: readonly T[];
  /** A `Link` to the next page, if there is one. */
  readonly headers: OutgoingHttpHeaders;
}

export interface PageRequest<T> {
  /** All items, ordered by their keys. */
  readonly all: readonly T[];
  readonly key: (item: T) => string;
  /** The page's own path, for the link to the next. */
  readonly path: string;
  /** `n`, the most items wanted, and `last`, the key after which to begin; others are kept in the link. */
  readonly query: URLSearchParams;
  readonly maxPageSize: number;
}

/**
 * Cuts one page out of an ordered list.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export function page<T>({ all, key, path, query, maxPageSize }: PageRequest<T>): Page<T> {
  const wanted = pageSize(query.get('n'));
  const size = Math.min(wanted ?? maxPageSize, maxPageSize);
  const last = query.get('last');
  const begin = last === null ? 0 : firstAfter(all, key, last);
  const items = all.slice(begin, begin + size);
  const end = items.at(-1);
  if (end === undefined || begin + size >= all.length) return { items, headers: {} };
  const next = new URLSearchParams(query);
  next.set('n', String(wanted ?? maxPageSize));
  next.set('last', key(end));
  return { items, headers: { Link: `<${path}?${next.toString()}>; rel="next"` } };
}

function pageSize(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new ProtocolError(400, 'UNSUPPORTED', 'n must be a whole number', {
      detail: { n: text.slice(0, 64) },
    });
  }
  return Number(text);
}

/** Index of the first item whose key is greater, by binary search: keys that do not exist are fine. */
function firstAfter<T>(all: readonly T[], key: (item: T) => string, last: string): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = all[middle];
    if (item !== undefined && key(item) <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}
