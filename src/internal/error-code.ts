/**
 * The `code` of an error that Node threw; empty if the value has none.
 *
 * Does not require `instanceof Error`, because errors may come from another realm.
 */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
