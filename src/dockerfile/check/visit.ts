import type { LexerOptions, Variables } from '../expand/lexer.js';
import { isHidden } from '../evaluate/arguments.js';
import type { Instruction, SourceRange } from '../instructions/types.js';
import { Problem } from '../parts/problem.js';
import type { CheckContext } from './context.js';
import type { Rule } from './rules.js';
import { Probe, type Scope } from './scope.js';
import type { CheckSettings } from './settings.js';

/** What the instructions of a stage change, apart from the variables. A stage inherits it from the stage below. */
export interface StageState {
  /** The operating system of the stage. */
  readonly os: string;
  /** Whether all variables of the base image are known. */
  readonly isKnown: boolean;
  /** Whether the stage, or one below, has a WORKDIR. */
  hasWorkdir: boolean;
  /** Whether the stage, or one below, has a SHELL. */
  hasShell: boolean;
  /** The instructions so far of which only the last one has an effect. They are not inherited. */
  readonly last: Map<Instruction['kind'], SourceRange>;
}

/** An instruction in its stage. */
export interface Visit {
  readonly context: CheckContext;
  readonly scope: Scope;
  readonly state: StageState;
  /** The settings of the file, and those in the comments above the instruction. */
  readonly settings: CheckSettings;
  /** The position of its warnings. */
  readonly range: SourceRange;
}

/** The result of an expansion. */
export interface Expanded<T> {
  /** Undefined if a text cannot be expanded. */
  readonly value: T | undefined;
  /** False if a variable that the base image may have was read, so that the value may be another one. */
  readonly isCertain: boolean;
}

export function warn({ context, settings, range }: Visit, rule: Rule, message: string): void {
  context.report.warn(settings, rule, range, message);
}

/** Expands the parts of a text, and reports variables that are not defined unless `isLenient` is set. */
export function expandIn<T>(
  visit: Visit,
  text: string,
  step: (variables: Variables, options: Pick<LexerOptions, 'escape'>) => T,
  { isLenient = false }: { readonly isLenient?: boolean } = {},
): Expanded<T> {
  const { context, scope, state, range } = visit;
  const { escape } = context.file.directives;
  const probe = new Probe();
  let value: T | undefined;
  try {
    value = step(scope.reader(text, probe), { escape });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (state.isKnown || !probe.isIncomplete) context.report.fail(error, range);
  }
  if (state.isKnown && !isLenient) warnUndefined(probe.undefined, visit);
  return { value, isCertain: state.isKnown || !probe.isIncomplete };
}

function warnUndefined(names: ReadonlySet<string>, visit: Visit): void {
  for (const name of [...names].sort()) {
    if (isHidden(name)) continue;
    const guess = visit.context.suggestions.closest(name, visit.scope.names());
    const hint = guess === undefined ? '' : `; did you mean $${guess}?`;
    warn(visit, 'UndefinedVar', `the variable $${name} is not defined${hint}`);
  }
}
