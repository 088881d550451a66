import { editDistance } from '../parts/problem.js';

/** A name that differs in more characters is not suggested. */
const MAX_DISTANCE = 2;
/** A longer name gets no suggestion, because a comparison takes steps in proportion to the product of the lengths. */
const MAX_LENGTH = 60;
/** The maximum number of comparisons for one file, whose variables and mistakes may both be many. */
const MAX_COMPARISONS = 50_000;

/** Guesses which variable was meant. Once the comparisons are used up, it guesses no more. */
export class Suggestions {
  #left = MAX_COMPARISONS;

  /** The name that is most similar; undefined if no name is similar. */
  closest(word: string, names: Iterable<string>): string | undefined {
    if (word.length > MAX_LENGTH) return undefined;
    let best: string | undefined;
    let limit = MAX_DISTANCE + 1;
    for (const name of names) {
      if (this.#left === 0) return undefined;
      this.#left -= 1;
      // The length is compared first: it bounds the steps of a comparison.
      const distance = editDistance(word, name, limit);
      if (distance >= limit) continue;
      limit = distance;
      best = name;
    }
    return best;
  }
}
