import { DockerfileError } from '../errors/invalid/dockerfile.js';
import type { CheckContext } from './check/context.js';
import { checkDefaultBases, globalScope } from './check/from.js';
import { Report, type Warning } from './check/report.js';
import type { Rule } from './check/rules.js';
import { CheckSettings, parseCheckDirective, type RuleSettings } from './check/settings.js';
import { checkStages } from './check/stages.js';
import { Suggestions } from './check/suggestions.js';
import { checkWriting } from './check/written.js';
import { argumentOf, type BuildArguments } from './evaluate/arguments.js';
import { targetStage } from './evaluation.js';
import { orDockerfileError } from './expansion.js';
import type { Dockerfile, Stage } from './instructions/dockerfile.js';
import type { Instruction } from './instructions/types.js';
import { parse, type ParseOptions, parseTrigger } from './parse.js';
import { Problem } from './parts/problem.js';

/** How a Dockerfile is checked. */
export interface CheckOptions extends ParseOptions {
  /** The build arguments. */
  readonly args?: BuildArguments | undefined;
  /**
   * Values of the variables that exist without an ARG, such as `TARGETARCH`. They are added to those of a build for
   * linux/amd64 on linux/amd64.
   */
  readonly predefined?: BuildArguments | undefined;
  /** The name or number of a stage: only stages that it needs are checked completely. @default all stages */
  readonly target?: string | undefined;
  /** Rules that are not checked, as in `# check=skip=`. */
  readonly skip?: 'all' | readonly Rule[] | undefined;
  /** Experimental rules that are checked, as in `# check=experimental=`. */
  readonly experimental?: 'all' | readonly Rule[] | undefined;
  /**
   * Whether `.dockerignore` leaves out a path of the context, for the rule `CopyIgnoredFile`. BuildKit does not check this
   * rule if the file has an exception, which begins with `!`. @default no path is left out
   */
  readonly ignored?: ((path: string) => boolean) | undefined;
  /**
   * Returns the variables of the base image of a stage; undefined if they are not known. It is called for each stage whose
   * base is an image. @default no variables are known
   */
  readonly environment?:
    ((stage: Stage, base: string) => Readonly<Record<string, string>> | undefined) | undefined;
}

/** The warnings of a Dockerfile. */
export interface CheckResult {
  /** The warnings in the order of their lines. */
  readonly warnings: readonly Warning[];
  /** Whether warnings make the build fail, because the file has `# check=error=true`. */
  readonly asErrors: boolean;
  /**
   * The first mistake at which a build would fail, such as a base that is empty without a build argument. The rest of the file
   * is checked too, except for instructions with such a mistake.
   */
  readonly error: DockerfileError | undefined;
}

/**
 * Checks a Dockerfile with the rules of `docker build --check`, and the settings in its `# check=` comments. The names of the
 * rules are those of BuildKit.
 *
 * The rule `UndefinedVar` needs the variables of the base image. If `environment` does not return them for a base that is
 * neither a stage nor `scratch`, the rule does not apply to the stage and to the stages that are built on it. BuildKit's rule
 * `InvalidBaseImagePlatform` does not exist here, because it needs the base image.
 *
 * The function reads no files. It takes time in proportion to the length of the text; if the values of variables are too
 * long for that, the `error` has the problem `size`.
 *
 * @throws DockerfileError if the text cannot be parsed, `# check=` has an unknown option, or the target does not exist
 * @see https://docs.docker.com/reference/build-checks/
 */
export function check(source: Dockerfile | string | Uint8Array, options: CheckOptions = {}): CheckResult {
  const file = typeof source === 'string' || source instanceof Uint8Array ? parse(source, options) : source;
  const { args = {}, predefined = {}, target, ...rest } = options;
  // As in BuildKit, the build argument replaces the directive.
  const directive = argumentOf(args, 'BUILDKIT_DOCKERFILE_CHECK') ?? file.directives.check ?? '';
  const { asErrors, ...own } = orDockerfileError(() => parseCheckDirective(directive), options);
  const last = file.stages.at(-1)?.from.name ?? 'default';
  const variables = new Map(
    Object.entries({ ...DEFAULTS, TARGETSTAGE: target ?? last, ...predefined }).map(
      ([name, value]) => [name, argumentOf(args, name) ?? value] as const,
    ),
  );
  const report = new Report();
  const context: CheckContext = {
    ...{ file, args, report },
    globals: globalScope(file, variables, args, report),
    settings: new CheckSettings([own, optionSettings(options)]),
    suggestions: new Suggestions(),
    target: target === undefined ? undefined : targetStage(file, target, options),
    environment: rest.environment ?? (() => undefined),
    ignored: rest.ignored ?? (() => false),
    parseTrigger: readTrigger,
  };
  checkWriting(context);
  const withoutArguments = new Report();
  const defaults = globalScope(file, variables, {}, withoutArguments);
  if (withoutArguments.failure === undefined) checkDefaultBases(defaults, context);
  checkStages(context);
  return { warnings: report.warnings(), asErrors, error: failureOf(report, options) };
}

const DEFAULTS: BuildArguments = Object.fromEntries(
  ['BUILD', 'TARGET'].flatMap((prefix) => [
    [`${prefix}PLATFORM`, 'linux/amd64'],
    [`${prefix}OS`, 'linux'],
    [`${prefix}OSVERSION`, ''],
    [`${prefix}ARCH`, 'amd64'],
    [`${prefix}VARIANT`, ''],
  ]),
);

function optionSettings({ skip = [], experimental = [] }: CheckOptions): RuleSettings {
  return {
    skip: skip === 'all' ? skip : new Set<string>(skip),
    experimental: experimental === 'all' ? experimental : new Set<string>(experimental),
  };
}

function readTrigger(text: string): Instruction {
  try {
    return parseTrigger(text);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    throw new Problem(error.problem, `the trigger of ONBUILD is invalid: ${error.message}`, {
      hint: error.hint,
    });
  }
}

function failureOf({ failure }: Report, { file }: CheckOptions): DockerfileError | undefined {
  if (failure === undefined) return undefined;
  const { problem, range } = failure;
  const { line, column } = range;
  const { kind, message, hint } = problem;
  return new DockerfileError(message, { problem: kind, line, column, file, hint, cause: problem });
}
