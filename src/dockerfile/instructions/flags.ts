import { Problem, suggestion } from '../parts/problem.js';
import type { Token } from '../parts/white-space.js';

type FlagKind = 'boolean' | 'string' | 'strings';

type FlagValue<K extends FlagKind> = K extends 'boolean'
  ? boolean | undefined
  : K extends 'string'
    ? string | undefined
    : readonly string[];

/** The values of flags by their names; undefined, or an empty list, for those that are not given. */
export type FlagValues<S extends Readonly<Record<string, FlagKind>>> = {
  readonly [name in keyof S]: FlagValue<S[name]>;
};

/**
 * Reads the flags of an instruction. A flag of the kind `strings` may be given several times.
 *
 * @throws Problem for a flag that the instruction does not have, that is given twice, or whose value is invalid
 */
export function parseFlags<const S extends Readonly<Record<string, FlagKind>>>(
  flags: readonly Token[],
  kinds: S,
): FlagValues<S> {
  const values = new Map<string, boolean | string | string[]>();
  for (const [name, kind] of Object.entries(kinds)) if (kind === 'strings') values.set(name, []);
  for (const { text, offset } of flags) {
    const equals = text.indexOf('=');
    const name = text.slice(2, equals < 0 ? undefined : equals);
    const value = equals < 0 ? undefined : text.slice(equals + 1);
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw unknownFlag(name, Object.keys(kinds), offset);
    const list = values.get(name);
    if (Array.isArray(list)) list.push(required(name, value, offset));
    else {
      if (list !== undefined) throw new Problem('flag', `the flag --${name} is given twice`, { offset });
      values.set(name, kind === 'boolean' ? booleanOf(name, value, offset) : required(name, value, offset));
    }
  }
  return Object.fromEntries(values) as FlagValues<S>;
}

function unknownFlag(name: string, known: readonly string[], offset: number): Problem {
  const flags = known.map((flag) => `--${flag}`);
  const otherwise =
    flags.length === 0 ? 'this instruction has no flags' : `the flags are ${flags.join(', ')}`;
  const hint = suggestion(`--${name}`, flags, otherwise);
  return new Problem('flag', `the flag --${name} is unknown`, { offset, hint });
}

function required(name: string, value: string | undefined, offset: number): string {
  if (value !== undefined) return value;
  throw new Problem('flag', `the flag --${name} has no value`, { offset, hint: `write --${name}=VALUE` });
}

function booleanOf(name: string, value: string | undefined, offset: number): boolean {
  const text = value?.toLowerCase() ?? 'true';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Problem('flag', `the flag --${name} is true or false, not ${JSON.stringify(value)}`, { offset });
}
