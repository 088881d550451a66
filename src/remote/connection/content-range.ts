/** The part of a blob that an answer holds: the first and last byte, and the size of the whole if it is told. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | undefined;
}

/** Reads the `Content-Range` of a 206; undefined unless it is exactly what RFC 9110 allows. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const [, first = '', last = '', total = ''] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? '') ?? [];
  if (first === '') return undefined;
  const range = {
    first: Number(first),
    last: Number(last),
    total: total === '*' ? undefined : Number(total),
  };
  if (range.last < range.first) return undefined;
  return range.total !== undefined && range.last >= range.total ? undefined : range;
}

/**
 * Reads how many bytes of an upload the registry holds from its `Range` header, `0-N`.
 *
 * `0-0` means nothing to some registries and one byte to others: undefined, as for everything
 * that cannot be read.
 */
export function uploadedBytes(header: string | undefined): number | undefined {
  const [, last = ''] = /^(?:bytes=)?0-(\d{1,15})$/.exec(header ?? '') ?? [];
  return last === '' || Number(last) === 0 ? undefined : Number(last) + 1;
}
