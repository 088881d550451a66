/**
 * The `code` of an error that Node threw, or empty.
 *
 * Does not ask for `instanceof Error`: errors may come from another realm.
 */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
