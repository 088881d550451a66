import { posix } from 'node:path';
import { BadPatternError } from '../errors/invalid/pattern.js';
import { compilePathPattern, type PathPattern } from '../internal/files/path-pattern.js';

/** Rules that leave out files. */
export interface IgnoreRules {
  /** Applies the rules to a relative path with slashes. `directory` is the result for the directory that contains it. */
  match(path: string, directory?: IgnoreMatch): IgnoreMatch;
}

/** The result of the rules for one path. */
export interface IgnoreMatch {
  readonly isIgnored: boolean;
  /** Whether an exception may include something below an ignored directory. */
  readonly mayHoldOthers: boolean;
  /** Whether a rule without `!` may match something below this path. */
  readonly mayHoldMatches: boolean;
  /** For each rule, whether it matches this path or a directory that contains it. */
  readonly hits: readonly boolean[];
}

interface Rule {
  readonly isException: boolean;
  readonly matches: PathPattern;
  /** Literal text with which every matching path begins. */
  readonly start: string;
}

/**
 * Parses the lines of a `.dockerignore` as BuildKit does. The last rule that matches a path, or a directory that contains it,
 * decides. A rule with `!` includes the path again. A comment begins with `#` in the first column.
 *
 * @throws BadPatternError if a rule is invalid.
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function ignoreRules(lines: Iterable<string>): IgnoreRules {
  return pathRules([...lines].filter((line) => !line.startsWith('#')));
}

/**
 * Rules of the same form as in a `.dockerignore`, but without comments.
 *
 * @throws BadPatternError if a rule is invalid.
 */
export function pathRules(patterns: Iterable<string>): IgnoreRules {
  const rules = Array.from(patterns, ruleOf).filter((rule) => rule !== undefined);
  return {
    match: (path, directory) => {
      const hits: boolean[] = [];
      let isIgnored = false;
      for (const [at, { isException, matches }] of rules.entries()) {
        // Like Docker, skip a rule that would not change the result. Then it does not match the directory's children either.
        const hit = directory?.hits[at] === true || (isException === isIgnored && matches(path));
        if (hit) isIgnored = !isException;
        hits.push(hit);
      }
      const last = hits.lastIndexOf(true);
      const inside = `${path}/`;
      const mayMatchInside = ({ start }: Rule): boolean =>
        start.startsWith(inside) || inside.startsWith(start);
      return {
        ...{ hits, isIgnored },
        mayHoldOthers: rules.some((rule, at) => rule.isException && at > last && mayMatchInside(rule)),
        mayHoldMatches: rules.some((rule) => !rule.isException && mayMatchInside(rule)),
      };
    },
  };
}

/** Splits the text of a `.dockerignore` into lines, without a byte order mark. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/^\ufeff/, '').split('\n');
}

function ruleOf(line: string): Rule | undefined {
  const text = line.trim();
  if (text === '') return undefined;
  const isException = text.startsWith('!');
  const written = isException ? text.slice(1).trim() : text;
  if (written === '') throw new BadPatternError(text, 'nothing follows the exclamation mark');
  const pattern = cleaned(written);
  return {
    isException,
    matches: compilePathPattern(pattern),
    // The literal text ends before the first wildcard or escaped character.
    start: /^[^*?[\\]*/.exec(pattern)?.[0] ?? '',
  };
}

/** Makes a pattern relative: without slashes at the ends, and without `.` and `..` parts. */
function cleaned(pattern: string): string {
  const normal = posix.normalize(pattern).replace(/(?<=.)\/$/, '');
  return normal.length > 1 ? normal.replace(/^\//, '') : normal;
}
