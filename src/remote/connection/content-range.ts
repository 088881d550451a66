/** The part of a blob in a response: the offsets of its first and last byte, and the size of the blob if it is known. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | undefined;
}

/** Parses the `Content-Range` of a response with status 206; undefined unless it has the form of RFC 9110. */
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
 * Parses the `Range` header `0-N` of an upload: the number of bytes that the registry holds.
 *
 * `0-0` means no bytes to some registries and one byte to others, so it gives undefined, as an invalid header does.
 */
export function uploadedBytes(header: string | undefined): number | undefined {
  const [, last = ''] = /^(?:bytes=)?0-(\d{1,15})$/.exec(header ?? '') ?? [];
  return last === '' || Number(last) === 0 ? undefined : Number(last) + 1;
}
