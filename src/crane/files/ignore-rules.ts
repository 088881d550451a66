import { posix } from 'node:path';
import { BadPatternError } from '../../errors/invalid/pattern.js';
import { compilePathPattern, type PathPattern } from '../../internal/files/path-pattern.js';

/** Which files are left out. */
export interface IgnoreRules {
  /** Holds the rules against a path, relative and with slashes, given what they say of the directory it is in. */
  match(path: string, directory?: IgnoreMatch): IgnoreMatch;
}

/** What the rules say of one path. */
export interface IgnoreMatch {
  readonly isIgnored: boolean;
  /** Whether something below it may be taken in again. */
  readonly mayHoldOthers: boolean;
  /** By rule, whether it is about this path or a directory that it is in. */
  readonly hits: readonly boolean[];
}

interface Rule {
  readonly isException: boolean;
  readonly matches: PathPattern;
  /** What a path has to begin with. */
  readonly start: string;
}

/**
 * The lines of a `.dockerignore`, understood as BuildKit does: of the rules that are about a path, or a directory that
 * it is in, the last one decides; with `!` it takes in again. Comments begin with `#` in the first column.
 *
 * @throws {@link BadPatternError}
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function ignoreRules(lines: Iterable<string>): IgnoreRules {
  const rules = Array.from(lines, ruleOf).filter((rule) => rule !== undefined);
  return {
    match: (path, directory) => {
      const hits: boolean[] = [];
      let isIgnored = false;
      for (const [at, { isException, matches }] of rules.entries()) {
        // As Docker does: a rule that would change nothing is not asked, and so says nothing of what is in the directory.
        const hit = directory?.hits[at] === true || (isException === isIgnored && matches(path));
        if (hit) isIgnored = !isException;
        hits.push(hit);
      }
      const last = hits.lastIndexOf(true);
      const inside = `${path}/`;
      const mayHoldOthers = rules.some(
        ({ isException, start }, at) =>
          isException && at > last && (start.startsWith(inside) || inside.startsWith(start)),
      );
      return { hits, isIgnored, mayHoldOthers };
    },
  };
}

/** The lines of the text of a `.dockerignore`. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/^\ufeff/, '').split('\n');
}

function ruleOf(line: string): Rule | undefined {
  if (line.startsWith('#')) return undefined;
  const text = line.trim();
  if (text === '') return undefined;
  const isException = text.startsWith('!');
  const written = isException ? text.slice(1).trim() : text;
  if (written === '') throw new BadPatternError(text, 'nothing follows the exclamation mark');
  const pattern = cleaned(written);
  return {
    isException,
    matches: compilePathPattern(pattern),
    // An escaped character may be any: what stands before it is enough.
    start: /^[^*?[\\]*/.exec(pattern)?.[0] ?? '',
  };
}

/** Seen from the directory, without slashes at the ends or parts of one or two dots. */
function cleaned(pattern: string): string {
  const normal = posix.normalize(pattern).replace(/(?<=.)\/$/, '');
  return normal.length > 1 ? normal.replace(/^\//, '') : normal;
}
