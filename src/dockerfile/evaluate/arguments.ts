import { expand, type LexerOptions, type Variables } from '../expand/lexer.js';
import type { ArgInstruction } from '../instructions/types.js';
import type { Environment } from './environment.js';

/** Values for the variables that ARG declares, such as those of `--build-arg`. */
export type BuildArguments = Readonly<Record<string, string>>;

/** A variable that ARG declares. */
export interface DeclaredArgument {
  /** The name of the variable. */
  readonly name: string;
  /** Undefined if neither the build nor the file gives a value. */
  readonly value: string | undefined;
}

/**
 * Sets the variables of an ARG instruction in an environment: to the build argument, else the default, else the inherited
 * value. The default of a variable can refer to the variables before it, in the same instruction too.
 *
 * @throws Problem for a default that cannot be expanded
 */
export function declareArguments(
  { variables }: ArgInstruction,
  environment: Environment,
  args: BuildArguments,
  inherited: Variables,
  options: LexerOptions,
): readonly DeclaredArgument[] {
  return variables.map(({ name, value }) => {
    const byDefault = (): string | undefined =>
      value === undefined ? inherited(name) : expand(value, environment.get, options).text;
    const chosen = argumentOf(args, name) ?? byDefault();
    if (chosen !== undefined && !isHidden(name)) environment.set(name, chosen);
    return { name, value: chosen };
  });
}

export function argumentOf(args: BuildArguments, name: string): string | undefined {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}

/** Whether an argument does not become part of the environment. */
export function isHidden(name: string): boolean {
  return HIDDEN.has(name);
}

/** Arguments that control BuildKit itself. */
const HIDDEN: ReadonlySet<string> = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);
