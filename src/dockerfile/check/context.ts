import type { BuildArguments } from '../evaluate/arguments.js';
import type { Dockerfile, Stage } from '../instructions/dockerfile.js';
import type { Instruction, SourceRange } from '../instructions/types.js';
import { Problem } from '../parts/problem.js';
import type { Report } from './report.js';
import type { Scope } from './scope.js';
import type { CheckSettings } from './settings.js';
import type { Suggestions } from './suggestions.js';

/** What the rules of one file share. */
export interface CheckContext {
  readonly file: Dockerfile;
  /** The build arguments. */
  readonly args: BuildArguments;
  /** The variables that FROM can use. */
  readonly globals: Scope;
  readonly report: Report;
  /** The settings of the file. Comments above an instruction add to them. */
  readonly settings: CheckSettings;
  readonly suggestions: Suggestions;
  /** The stage that is built; undefined for all stages. */
  readonly target: Stage | undefined;
  /** The variables of a base image; undefined if they are not known. */
  readonly environment: (stage: Stage, base: string) => Readonly<Record<string, string>> | undefined;
  /** Whether `.dockerignore` leaves out a path of the context. */
  readonly ignored: (path: string) => boolean;
  /**
   * Parses a trigger of ONBUILD.
   *
   * @throws Problem for a trigger that is not an instruction
   */
  readonly parseTrigger: (trigger: string) => Instruction;
}

/** Runs a step, and reports its problem. Returns undefined if it has one. */
export function attempt<T>(report: Report, range: SourceRange, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    report.fail(error, range);
    return undefined;
  }
}
