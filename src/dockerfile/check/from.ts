import { argumentOf, type BuildArguments } from '../evaluate/arguments.js';
import type { Dockerfile, Stage } from '../instructions/dockerfile.js';
import type { FromInstruction } from '../instructions/types.js';
import type { Expansion } from '../expand/lexer.js';
import { Problem } from '../parts/problem.js';
import { attempt, type CheckContext } from './context.js';
import { isImageName } from './image-name.js';
import { type CheckedPlatform, platformOf } from './platform.js';
import { Report } from './report.js';
import { Probe, Scope } from './scope.js';
import type { CheckSettings } from './settings.js';

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

/** The base and the platform of a stage, as far as they are known. */
export interface Base {
  /** Undefined if the text cannot be expanded, or is empty. */
  readonly name: string | undefined;
  /** Undefined if FROM has no platform, or an invalid one. */
  readonly platform: CheckedPlatform | undefined;
}

/** Checks the variables and the platform of FROM. */
export function checkFrom({ from }: Stage, context: CheckContext): Base {
  const { globals, report } = context;
  const settings = context.settings.within(from.comments);
  const probe = new Probe();
  const base = expandPart('base image', from.base, from, probe, context);
  const platform =
    from.platform === undefined ? undefined : expandPart('platform', from.platform, from, probe, context);
  for (const name of [...probe.undefined].sort()) {
    const guess = context.suggestions.closest(name, globals.names());
    const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
    const message = `FROM uses the variable ${name}, which no ARG before the first FROM declares${hint}`;
    report.warn(settings, 'UndefinedArgInFrom', from.range, message);
  }
  const name = base?.text === '' ? undefined : base?.text;
  if (platform === undefined || platform.text === '') return { name, platform: undefined };
  return { name, platform: checkPlatform(platform, from, settings, context) };
}

/** Expands the base or the platform, and reports a problem with it. */
function expandPart(
  subject: string,
  text: string,
  { range }: FromInstruction,
  probe: Probe,
  { file, globals, report }: CheckContext,
): Expansion | undefined {
  const expansion = attempt(report, range, () => globals.expand(text, probe, file.directives));
  if (expansion?.text === '') {
    const reason = `the ${subject} ${JSON.stringify(text)} is empty after expansion`;
    const hint = 'FROM sees only the variables of ARG before the first FROM';
    report.fail(new Problem('stage', reason, { hint }), range);
  }
  return expansion;
}

function checkPlatform(
  { text, used, unset }: Expansion,
  from: FromInstruction,
  settings: CheckSettings,
  { globals, report }: CheckContext,
): CheckedPlatform | undefined {
  const platform = platformOf(text, buildPlatform(globals));
  if (platform === undefined) {
    const hint = 'a platform is such as linux/amd64 or linux/arm/v7';
    const reason = `the platform ${JSON.stringify(text)} is invalid`;
    report.fail(new Problem('stage', reason, { hint }), from.range);
    return undefined;
  }
  const isTargetPlatform =
    used.size === 1 && unset.size === 0 && used.has(TARGET) && text === globals.get(TARGET);
  if (isTargetPlatform) {
    const message = `the flag --platform=${from.platform} has no effect, because it is the default`;
    report.warn(settings, 'RedundantTargetPlatform', from.range, message);
  }
  const stage = from.name ?? '';
  const isConstant = used.size === 0 && unset.size === 0;
  if (isConstant && !stage.includes(platform.os) && !stage.includes(platform.architecture)) {
    const message = `the platform ${JSON.stringify(text)} is constant, so the stage ignores the platform of the build`;
    report.warn(settings, 'FromPlatformFlagConstDisallowed', from.range, message);
  }
  return platform;
}

const TARGET = 'TARGETPLATFORM';

/** The platform that the build makes an image for. */
export function buildPlatform(globals: Scope): CheckedPlatform {
  return { os: globals.get('TARGETOS') ?? '', architecture: globals.get('TARGETARCH') ?? '' };
}

/** Checks that each base is the name of an image or a stage even if the build has no arguments. */
export function checkDefaultBases(defaults: Scope, { file, report, settings }: CheckContext): void {
  // As in BuildKit, a problem ends the check of this rule. It is not a mistake: the build may have arguments.
  const unused = new Report();
  for (const { from } of file.stages) {
    const expand = (): string => defaults.expand(from.base, new Probe(), file.directives).text;
    const name = attempt(unused, from.range, expand);
    if (name === undefined) return;
    if (isImageName(name)) continue;
    const message = `without build arguments, the base ${JSON.stringify(from.base)} is ${JSON.stringify(name)}, which is empty or not the name of an image`;
    report.warn(settings, 'InvalidDefaultArgInFrom', from.range, message);
  }
}
