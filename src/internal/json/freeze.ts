/** Freezes arrays and plain objects all the way down, in place; anything else inside is left as it is. */
export function deepFreeze<T>(value: T): T {
  // What is frozen already may still hold what is not, so only this tells where we have been.
  const seen = new Set<object>();
  // A stack of our own: how deep a document nests is not for the call stack to decide.
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (!isContainer(next) || seen.has(next)) continue;
    seen.add(Object.freeze(next));
    for (const child of Object.values(next)) pending.push(child);
  }
  return value;
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
