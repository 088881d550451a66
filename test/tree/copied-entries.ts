/**
 * Runs `work`, and counts the entries of all maps that are copied meanwhile. A tree copies a directory when a shared one is
 * changed, so that a change that copies a large directory each time takes quadratic time.
 */
export async function copiedEntries(work: () => Promise<unknown>): Promise<number> {
  const Original = Map;
  let copied = 0;
  class CountingMap<K, V> extends Original<K, V> {
    constructor(entries?: Iterable<readonly [K, V]> | null) {
      super(entries);
      copied += this.size;
    }
  }
  globalThis.Map = CountingMap;
  try {
    await work();
  } finally {
    globalThis.Map = Original;
  }
  return copied;
}
