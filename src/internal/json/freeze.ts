/**
 * Freezes arrays and plain objects in place, at every depth. Instances of classes, such as Buffers, stay unfrozen.
 */
export function deepFreeze<T>(value: T): T {
  // A frozen object may contain unfrozen ones, so `Object.isFrozen` cannot know which objects were visited.
  const seen = new Set<object>();
  // An explicit stack, because a deeply nested document would overflow the call stack.
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
