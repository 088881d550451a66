import { Problem } from '../parts/problem.js';

/** One step of a pattern: `*`, `?`, or a character. */
type Step =
  { readonly kind: 'any' } | { readonly kind: 'one' } | { readonly kind: 'char'; readonly char: string };

/**
 * The maximum number of steps of a comparison. The number grows with the product of the lengths of pattern and value, and
 * a Dockerfile may be hostile.
 */
const MAX_STEPS = 1 << 24;

/**
 * Parses the pattern of `${name#pattern}` and similar references. `*` matches any text and `?` any character, but neither
 * matches a line break. A backslash makes `*`, `?` and `\` literal. Before `}` and `/` it is removed: its only purpose was
 * that they do not end the pattern.
 */
function parsePattern(pattern: string): readonly Step[] {
  const steps: Step[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    let char = characters[at] ?? '';
    if (char === '*') steps.push({ kind: 'any' });
    else if (char === '?') steps.push({ kind: 'one' });
    else {
      if (char === '\\') {
        at += 1;
        char = characters[at] ?? '';
        if (!['*', '?', '\\', '}', '/'].includes(char) || char === '') {
          throw new Problem(
            'expansion',
            `the pattern ${JSON.stringify(pattern)} has the invalid escape \\${char}`,
          );
        }
      }
      steps.push({ kind: 'char', char });
    }
  }
  return steps;
}

/** Counts steps, and fails once they are too many. */
type Meter = (steps: number) => void;

function newMeter(): Meter {
  let used = 0;
  return (steps) => {
    used += steps;
    if (used <= MAX_STEPS) return;
    throw new Problem('size', 'the pattern and the value that it is compared with are too long');
  };
}

/**
 * Yields the ends of all matches that start at `from`, the shortest first. It follows all states of the pattern at once,
 * so it takes at most one step for each state and character.
 */
function* matchEnds(
  steps: readonly Step[],
  characters: readonly string[],
  from: number,
  meter: Meter,
): Generator<number> {
  let states = withoutStars(steps, [0]);
  for (let at = from; ; at += 1) {
    meter(states.length + 1);
    if (states.at(-1) === steps.length) yield at;
    const char = characters[at];
    if (char === undefined || states.length === 0) return;
    states = advance(steps, states, char);
  }
}

/** The states after one more character, in ascending order. */
function advance(steps: readonly Step[], states: readonly number[], char: string): number[] {
  const next: number[] = [];
  for (const state of states) {
    const step = steps[state];
    if (step === undefined) continue;
    if (step.kind === 'any') {
      if (char !== '\n' && next.at(-1) !== state) next.push(state);
    } else if (step.kind === 'one' ? char !== '\n' : char === step.char) {
      next.push(state + 1);
    }
  }
  return withoutStars(steps, next);
}

/** Adds the states that are reached because a `*` may stand for nothing. */
function withoutStars(steps: readonly Step[], states: readonly number[]): number[] {
  const all: number[] = [];
  for (const state of states) {
    let at = state;
    while (at > (all.at(-1) ?? -1)) {
      all.push(at);
      if (steps[at]?.kind === 'any') at += 1;
    }
  }
  return all;
}

/** Removes the shortest, or longest, prefix that a pattern matches: `${name#pattern}`, `${name##pattern}`. */
export function trimPrefix(pattern: string, value: string, longest: boolean): string {
  const characters = Array.from(value);
  return characters.slice(prefixLength(parsePattern(pattern), characters, longest)).join('');
}

/** Removes the shortest, or longest, suffix that a pattern matches: `${name%pattern}`, `${name%%pattern}`. */
export function trimSuffix(pattern: string, value: string, longest: boolean): string {
  const characters = Array.from(value).reverse();
  const length = prefixLength([...parsePattern(pattern)].reverse(), characters, longest);
  return characters.slice(length).reverse().join('');
}

function prefixLength(steps: readonly Step[], characters: readonly string[], longest: boolean): number {
  let length = 0;
  for (const end of matchEnds(steps, characters, 0, newMeter())) {
    length = end;
    if (!longest) break;
  }
  return length;
}

/** Replaces the first match of a pattern, or all of them: `${name/pattern/text}`, `${name//pattern/text}`. */
export function replacePattern(pattern: string, value: string, text: string, all: boolean): string {
  const steps = parsePattern(pattern);
  const characters = Array.from(value);
  const meter = newMeter();
  const out: string[] = [];
  let at = 0;
  let lastEnd = -1;
  while (at <= characters.length) {
    let end: number | undefined;
    for (const found of matchEnds(steps, characters, at, meter)) end = found;
    // As in Go, an empty match that directly follows another match does not count.
    if (end !== undefined && (end > at || at !== lastEnd)) {
      out.push(text);
      lastEnd = end;
      if (!all) {
        at = end;
        break;
      }
      if (end > at) {
        at = end;
        continue;
      }
    }
    out.push(characters[at] ?? '');
    at += 1;
  }
  return out.join('') + characters.slice(at).join('');
}
