/** At most so many names are suggested. */
const MOST = 3;

/**
 * The names that a person may have meant: those with the fewest changed characters, and names that begin with the text. The
 * nearest is first. Names with the same distance keep their order.
 */
export function nearNames(text: string, names: Iterable<string>): readonly string[] {
  const limit = Math.ceil(text.length / 3);
  const near: { readonly name: string; readonly distance: number }[] = [];
  for (const name of names) {
    const begins = text.length >= 2 && name.startsWith(text);
    const distance = begins ? Math.min(distanceOf(text, name, limit), limit) : distanceOf(text, name, limit);
    if (distance <= limit) near.push({ name, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** The number of characters to insert, remove or replace (Levenshtein); Infinity if it is larger than the limit. */
function distanceOf(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? Infinity;
}
