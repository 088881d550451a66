import { BadNameError } from '../../errors/invalid/name.js';
import { printable } from '../../internal/printable.js';
import { toArray } from '../../remote/list/names.js';
import { resolveSettings } from '../../remote/connection/options.js';
import { type CraneOptions, remoteOptions } from './options.js';

/** Where names come from, and who is told about those that are left out. */
export interface NameSource {
  readonly registry: string;
  /** What the names are, such as `tags of registry.example/app`. */
  readonly subject: string;
  readonly onWarning: CraneOptions['onWarning'];
}

/** What the names of a list stand for. One that the grammar does not allow is the registry's fault: it is left out, with a warning. */
export async function* validNames<T>(
  names: AsyncIterable<string> | Iterable<string>,
  parse: (name: string) => T,
  { registry, subject, onWarning }: NameSource,
): AsyncGenerator<T> {
  for await (const name of names) {
    let parsed: T;
    try {
      parsed = parse(name);
    } catch (error) {
      if (!(error instanceof BadNameError)) throw error;
      onWarning?.({ registry, text: `${subject}: left out a name that is not valid: "${printable(name)}"` });
      continue;
    }
    yield parsed;
  }
}

/** The names of all that a list yields, within the cap of the options. */
export async function gather<T>(
  found: AsyncIterable<T>,
  nameOf: (one: T) => string,
  options: CraneOptions,
): Promise<string[]> {
  async function* named(): AsyncGenerator<string> {
    for await (const one of found) yield nameOf(one);
  }
  return toArray(named(), resolveSettings(remoteOptions(options)));
}
