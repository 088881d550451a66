import { BadPatternError } from '../../errors/invalid/pattern.js';

/** Whether a path, with slashes between its parts, matches. */
export type PathPattern = (path: string) => boolean;

/**
 * Compiles a pattern in Docker's syntax. `*` and `?` match within one part of the path, `[a-z]` is a class,
 * `[^a-z]` is its complement, a backslash makes the next character literal, and `**` matches any number of
 * directories, including none.
 *
 * Matching takes time in proportion to the lengths of path and pattern: unlike a regular expression, it never
 * backtracks.
 *
 * @throws BadPatternError if the pattern is not valid.
 */
export function compilePathPattern(pattern: string): PathPattern {
  const steps = stepsOf(pattern);
  if (steps.every(({ kind }) => kind === 'one') && !/[*?[\\]/.test(pattern))
    return (path) => path === pattern;
  return (path) => matches(steps, path);
}

/** What may come next in a path. A pattern is a state machine that can be in several of these steps at once. */
type Step =
  /** One character. */
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  /** Any number of characters. */
  | { readonly kind: 'any'; readonly accepts: (character: string) => boolean }
  /** Any number of directories, each with its slash. The step after it reads them. */
  | { readonly kind: 'directories' }
  | { readonly kind: 'in-directories' };

function matches(steps: readonly Step[], path: string): boolean {
  let active = reached(steps, [0]);
  for (const character of path) {
    const next: number[] = [];
    for (const at of active) {
      const step = steps[at];
      if (step === undefined || step.kind === 'directories') continue;
      if (step.kind === 'in-directories') {
        next.push(at);
        if (character === '/') next.push(at + 1);
      } else if (step.accepts(character)) {
        next.push(step.kind === 'any' ? at : at + 1);
      }
    }
    if (next.length === 0) return false;
    active = reached(steps, next);
  }
  return active.has(steps.length);
}

/** Adds the steps that follow those that may match nothing. */
function reached(steps: readonly Step[], from: readonly number[]): ReadonlySet<number> {
  const found = new Set(from);
  for (const at of found) {
    const kind = steps[at]?.kind;
    if (kind === 'any') found.add(at + 1);
    if (kind === 'directories') found.add(at + 1).add(at + 2);
  }
  return found;
}

function stepsOf(pattern: string): readonly Step[] {
  const characters = Array.from(pattern);
  const steps: Step[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*' && characters[at + 1] === '*') {
      at += characters[at + 2] === '/' ? 2 : 1;
      if (at === characters.length - 1) steps.push({ kind: 'any', accepts: () => true });
      else steps.push({ kind: 'directories' }, { kind: 'in-directories' });
    } else if (character === '*') {
      steps.push({ kind: 'any', accepts: isNoSlash });
    } else if (character === '?') {
      steps.push({ kind: 'one', accepts: isNoSlash });
    } else if (character === '[') {
      const { accepts: accepts, end } = classAt(characters, at, pattern);
      steps.push({ kind: 'one', accepts: accepts });
      at = end;
    } else {
      if (character === '\\') at += 1;
      const literal = characters[at];
      if (literal === undefined) throw new BadPatternError(pattern, 'nothing follows its last backslash');
      steps.push({ kind: 'one', accepts: (other) => other === literal });
    }
  }
  return steps;
}

interface CharacterClass {
  readonly accepts: (character: string) => boolean;
  /** Index of the closing bracket. */
  readonly end: number;
}

function classAt(characters: readonly string[], start: number, pattern: string): CharacterClass {
  const negated = characters[start + 1] === '^';
  const ranges: (readonly [low: number, high: number])[] = [];
  let at = start + (negated ? 2 : 1);
  const take = (): number => {
    const escaped = characters[at] === '\\';
    const character = characters[escaped ? at + 1 : at];
    if (character === undefined) throw new BadPatternError(pattern, 'a bracket is not closed');
    if (!escaped && (character === '-' || character === ']')) {
      throw new BadPatternError(pattern, `a bracket has ${character} where a character should be`);
    }
    at += escaped ? 2 : 1;
    return character.codePointAt(0) ?? 0;
  };
  while (ranges.length === 0 || characters[at] !== ']') {
    const low = take();
    const isRange = characters[at] === '-';
    if (isRange) at += 1;
    ranges.push([low, isRange ? take() : low]);
  }
  const accepts = (character: string): boolean => {
    const code = character.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= code && code <= high) !== negated;
  };
  return { accepts: accepts, end: at };
}

function isNoSlash(character: string): boolean {
  return character !== '/';
}
