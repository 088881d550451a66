import { argumentOf, isHidden } from '../evaluate/arguments.js';
import { expand } from '../expand/lexer.js';
import type { ArgInstruction } from '../instructions/types.js';
import { expandIn, type Visit, warn } from './visit.js';

/** Checks ARG and sets its variables: to the build argument, else the default, else the global variable of that name. */
export function checkArgument({ variables }: ArgInstruction, visit: Visit): void {
  const { context, scope } = visit;
  for (const { name, value: byDefault } of variables) {
    checkSecret('ARG', name, visit);
    let value = argumentOf(context.args, name);
    const isExpanded = value === undefined && byDefault !== undefined;
    if (isExpanded) {
      const expanded = expandIn(visit, byDefault, (read, options) => expand(byDefault, read, options).text);
      value = expanded.isCertain ? expanded.value : undefined;
    } else value ??= context.globals.get(name);
    // Without a value, the variable keeps the one of ENV.
    if (isHidden(name)) continue;
    if (isExpanded || value !== undefined || !scope.has(name)) scope.set(name, value);
  }
}

const SECRET: ReadonlySet<string> = new Set([
  ...['apikey', 'auth', 'credential', 'credentials', 'key', 'passwd', 'password', 'pword', 'secret', 'token'],
]);
/** Words of names that are like those of secrets. */
const HARMLESS: ReadonlySet<string> = new Set(['file', 'public', 'version']);

/** A variable is taken for a secret if a word of its name, such as `TOKEN` in `GITHUB_TOKEN`, is one of a secret. */
export function checkSecret(instruction: 'ARG' | 'ENV', name: string, visit: Visit): void {
  const words = name.toLowerCase().split('_');
  if (!words.some((word) => SECRET.has(word)) || words.some((word) => HARMLESS.has(word))) return;
  const message = `${instruction} ${JSON.stringify(name)} may be a secret, and everyone who has the image can read it`;
  warn(visit, 'SecretsUsedInArgOrEnv', message);
}
