import type { SourceRange } from '../instructions/types.js';
import type { Problem } from '../parts/problem.js';
import { type Rule, urlOf } from './rules.js';
import type { CheckSettings } from './settings.js';

/** Something in a Dockerfile that is allowed, but probably a mistake. */
export interface Warning {
  /** The rule that the Dockerfile does not follow. */
  readonly rule: Rule;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** The address of the documentation of the rule. */
  readonly url: string;
  /** The first line of the instruction, counted from 1. */
  readonly line: number;
  /** The first column of the instruction, counted from 1 in UTF-16 code units. */
  readonly column: number;
  /** The last line of the instruction, with its heredocs. */
  readonly endLine: number;
}

/** A mistake at which a build would end, and the instruction that has it. */
export interface Failure {
  readonly problem: Problem;
  readonly range: SourceRange;
}

/** Collects the warnings of a file. */
export class Report {
  readonly #warnings: Warning[] = [];
  #failure: Failure | undefined;

  warn(settings: CheckSettings, rule: Rule, { line, column, endLine }: SourceRange, message: string): void {
    if (!settings.checks(rule)) return;
    this.#warnings.push({ rule, message, url: urlOf(rule), line, column, endLine });
  }

  fail(problem: Problem, range: SourceRange): void {
    if (this.#failure === undefined || range.line < this.#failure.range.line)
      this.#failure = { problem, range };
  }

  /** The mistake that is nearest to the top of the file. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The warnings in the order of their lines. */
  warnings(): readonly Warning[] {
    return this.#warnings.toSorted(
      (a, b) => a.line - b.line || compare(a.rule, b.rule) || compare(a.message, b.message),
    );
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
