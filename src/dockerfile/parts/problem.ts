import type { DockerfileProblem } from '../../errors/invalid/dockerfile.js';

/** What a part of the parser has found wrong. The parser knows the line and makes a DockerfileError of it. */
export class Problem extends Error {
  readonly kind: DockerfileProblem;
  /** Where it is in the text that the part was given; undefined if that is not known. */
  readonly offset: number | undefined;
  readonly hint: string | undefined;

  constructor(
    kind: DockerfileProblem,
    message: string,
    details: { readonly offset?: number | undefined; readonly hint?: string | undefined } = {},
  ) {
    super(message);
    this.kind = kind;
    this.offset = details.offset;
    this.hint = details.hint;
  }
}

/** `  (did you mean X?)` material: the candidate that is closest to a misspelt word, if one is close. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.slice(0, LONGEST_WORD).toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.floor(lower.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** No instruction, flag or key is nearly as long. */
const LONGEST_WORD = 40;

/** The Levenshtein distance of two short words, or `limit` if it is not less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(row[b.length] ?? limit, limit);
}
