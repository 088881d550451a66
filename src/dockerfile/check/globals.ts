import { argumentOf, type BuildArguments } from '../evaluate/arguments.js';
import type { Dockerfile } from '../instructions/dockerfile.js';
import { attempt } from './context.js';
import type { Report } from './report.js';
import { Probe, Scope } from './scope.js';

/**
 * The variables that FROM can use. A variable of ARG without a value exists too, but has no value. A default that cannot be
 * expanded is reported.
 */
export function globalScope(
  { globalArgs, directives }: Dockerfile,
  predefined: ReadonlyMap<string, string>,
  args: BuildArguments,
  report: Report,
): Scope {
  const scope = new Scope();
  for (const [name, value] of predefined) scope.set(name, value);
  for (const { variables, range } of globalArgs) {
    for (const { name, value } of variables) {
      const byDefault = (): string | undefined =>
        value === undefined ? undefined : scope.expand(value, new Probe(), directives).text;
      const chosen = argumentOf(args, name) ?? attempt(report, range, byDefault);
      if (chosen !== undefined || !scope.has(name)) scope.set(name, chosen);
    }
  }
  return scope;
}
