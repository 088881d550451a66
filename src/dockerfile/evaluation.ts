import {
  argumentOf,
  type BuildArguments,
  type DeclaredArgument,
  declareArguments,
} from './evaluate/arguments.js';
import { Environment } from './evaluate/environment.js';
import { expandMembers } from './evaluate/expand-instruction.js';
import { orDockerfileError, type TextOptions } from './expansion.js';
import { expand, type Variables } from './expand/lexer.js';
import type { Dockerfile, Stage } from './instructions/dockerfile.js';
import type { ArgInstruction, FromInstruction, Instruction } from './instructions/types.js';
import { Problem, suggestion } from './parts/problem.js';

/** How instructions are evaluated. */
export interface EvaluateOptions extends Pick<TextOptions, 'file'> {
  /** The escape character of the file. @default \ */
  readonly escape?: string | undefined;
}

/** The variables from which a build begins. */
export interface GlobalOptions extends Pick<TextOptions, 'file'> {
  /** Variables that exist without an ARG, such as `TARGETARCH`. A build argument of that name replaces the value. */
  readonly predefined?: BuildArguments | undefined;
  /** The build arguments. */
  readonly args?: BuildArguments | undefined;
}

/**
 * The variables that FROM can use: the predefined ones, and those of ARG before the first FROM. In a stage, only the ones
 * that an ARG of the stage declares are visible.
 *
 * @throws DockerfileError for a default that cannot be expanded
 */
export function globalEnvironment(file: Dockerfile, options: GlobalOptions = {}): Environment {
  const { predefined = {}, args = {} } = options;
  const { escape } = file.directives;
  const globals = new Environment(
    Object.entries(predefined).map(([name, value]) => [name, argumentOf(args, name) ?? value]),
  );
  for (const instruction of file.globalArgs) {
    const declare = (): unknown => declareArguments(instruction, globals, args, () => undefined, { escape });
    orDockerfileError(declare, { range: instruction.range, file: options.file });
  }
  return globals;
}

/**
 * The base and the platform of a stage, with their variables expanded.
 *
 * @throws DockerfileError if one of them is empty or cannot be expanded
 */
export function expandFrom(
  from: FromInstruction,
  globals: Variables,
  { escape, file }: EvaluateOptions = {},
): { readonly base: string; readonly platform: string | undefined } {
  return orDockerfileError(
    () => {
      const text = (subject: string, value: string): string => {
        const expanded = expand(value, globals, { escape }).text;
        if (expanded !== '') return expanded;
        throw new Problem('stage', `the ${subject} ${JSON.stringify(value)} is empty after expansion`, {
          hint: 'FROM sees only the variables of ARG before the first FROM',
        });
      };
      const { base, platform } = from;
      return {
        base: text('base image', base),
        platform: platform === undefined ? undefined : text('platform', platform),
      };
    },
    { range: from.range, file },
  );
}

/**
 * Expands the variables in an instruction, in those members in which BuildKit does: names and values of ENV and LABEL,
 * sources, destination, owner, mode, checksum and heredocs of ADD and COPY, and the arguments of EXPOSE, STOPSIGNAL,
 * USER, VOLUME and WORKDIR. Other instructions are returned unchanged: {@link evaluateArg} is for ARG, and the shell
 * expands commands.
 *
 * @throws DockerfileError for a text that cannot be expanded, or an invalid port
 */
export function expandInstruction<T extends Instruction>(
  instruction: T,
  variables: Variables,
  { escape, file }: EvaluateOptions = {},
): T {
  return orDockerfileError(() => expandMembers(instruction, variables, { escape }), {
    range: instruction.range,
    file,
  });
}

/**
 * Evaluates an ARG of a stage and sets its variables in the environment: to the build argument, else the default, else the
 * global variable of that name.
 *
 * @throws DockerfileError for a default that cannot be expanded
 */
export function evaluateArg(
  instruction: ArgInstruction,
  environment: Environment,
  globals: Variables,
  { args = {}, escape, file }: EvaluateOptions & Pick<GlobalOptions, 'args'> = {},
): readonly DeclaredArgument[] {
  const declare = (): readonly DeclaredArgument[] =>
    declareArguments(instruction, environment, args, globals, { escape });
  return orDockerfileError(declare, { range: instruction.range, file });
}

/**
 * Finds a stage by its name, in any case, or by its number. If a name is used twice, it is the last stage with that name.
 */
export function findStage({ stages }: Pick<Dockerfile, 'stages'>, name: string): Stage | undefined {
  if (/^\d+$/.test(name)) return stages[Number(name)];
  const lower = name.toLowerCase();
  return stages.findLast((stage) => stage.from.name === lower);
}

/**
 * The stage that a build makes: the one with this name or number, or the last one.
 *
 * @throws DockerfileError if there is no such stage
 */
export function targetStage(
  dockerfile: Dockerfile,
  target: string | undefined,
  { file }: Pick<TextOptions, 'file'> = {},
): Stage {
  const { stages } = dockerfile;
  const found = target === undefined || target === '' ? stages.at(-1) : findStage(dockerfile, target);
  if (found !== undefined) return found;
  return orDockerfileError(
    (): never => {
      const names = stages.flatMap(({ from }) => from.writtenName ?? []);
      const listed = names.length === 0 ? 'no stage has a name' : `the stages are ${names.join(', ')}`;
      throw new Problem('stage', `no stage is named ${JSON.stringify(target)}`, {
        hint: suggestion(target ?? '', names, listed),
      });
    },
    { file },
  );
}
