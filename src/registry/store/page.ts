import type { OutgoingHttpHeaders } from 'node:http';
import { ProtocolError } from './protocol-error.js';

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** A `Link` to the next page, if there is one. */
  readonly headers: OutgoingHttpHeaders;
}

/** A list, and the page of it that a client requests. */
export interface PageRequest<T> {
  /** All items, ordered by their keys. */
  readonly all: readonly T[];
  readonly key: (item: T) => string;
  /** The path of the resource, for the link to the next page. */
  readonly path: string;
  /** `n` is the maximum number of items, and `last` the key after which the page starts. The link keeps all other parameters. */
  readonly query: URLSearchParams;
  readonly maxPageSize: number;
}

/**
 * Cuts one page out of an ordered list.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export function page<T>({ all, key, path, query, maxPageSize }: PageRequest<T>): Page<T> {
  const requested = pageSize(query.get('n'));
  const size = Math.min(requested ?? maxPageSize, maxPageSize);
  const last = query.get('last');
  const start = last === null ? 0 : firstAfter(all, key, last);
  const items = all.slice(start, start + size);
  const end = items.at(-1);
  if (end === undefined || start + size >= all.length) return { items, headers: {} };
  const next = new URLSearchParams(query);
  next.set('n', String(requested ?? maxPageSize));
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

/** The index of the first item whose key is greater than `last`, which need not be a key itself. A binary search. */
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
