/**
 * Milliseconds that a `Retry-After` header asks to wait; never negative. The header has seconds or an HTTP date.
 * Undefined if it has neither.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  const text = header?.trim() ?? '';
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return clamp(Number(text) * 1000);
  // Date.parse accepts nearly any text, but an HTTP date starts with the day of the week.
  if (!/^[A-Z][a-z]{2,8}, /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : clamp(at - now);
}

const clamp = (ms: number): number => Math.round(Math.min(Math.max(ms, 0), Number.MAX_SAFE_INTEGER));
