/**
 * Remembers the value that was derived from a byte array for as long as the array lives.
 *
 * The raw documents of images are shared and never written to, so two equal references have equal content.
 */
export function memoByBytes<T>(derive: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const known = new WeakMap<Uint8Array, { readonly value: T }>();
  return (bytes) => {
    let entry = known.get(bytes);
    if (entry === undefined) {
      entry = { value: derive(bytes) };
      known.set(bytes, entry);
    }
    return entry.value;
  };
}
