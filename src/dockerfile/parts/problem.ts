import type { DockerfileProblem } from '../../errors/invalid/dockerfile.js';

/** A mistake in a part of a line. The parser, which knows the line, makes a DockerfileError of it. */
export class Problem extends Error {
  readonly kind: DockerfileProblem;
  /** The position of the mistake in the logical line; undefined if it is not known. */
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

/** The hint for a word that is not among the candidates: the candidate that was probably meant, or a given text. */
export function suggestion(word: string, candidates: readonly string[], otherwise: string): string {
  const guess = closest(word, candidates);
  return guess === undefined ? otherwise : `did you mean ${guess}?`;
}

/**
 * Finds a value in a list.
 *
 * @throws Problem if it is not in the list; `subject` says what has the value.
 */
export function oneOf<const T extends string>(subject: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new Problem('flag', `${subject} cannot be ${JSON.stringify(value)}`, {
    hint: suggestion(value, values, `it is one of ${values.join(', ')}`),
  });
}

/** The candidate that is closest to a misspelt word, if one is close. */
function closest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.slice(0, MAX_WORD_LENGTH).toLowerCase();
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

/** The part of a word that is compared. Every instruction, flag and key is much shorter. */
const MAX_WORD_LENGTH = 40;

/** The Levenshtein distance of two short words, or `limit` if it is not less. */
export function editDistance(a: string, b: string, limit: number): number {
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
