import { BadNameError } from '../../errors/invalid/name.js';
import { printable } from '../../internal/printable.js';
import { toArray } from '../../remote/list/names.js';
import { resolveSettings } from '../../remote/connection/options.js';
import { type CraneOptions, remoteOptions } from './options.js';

/** Where names come from, and where invalid ones are reported. */
export interface NameSource {
  readonly registry: string;
  /** The list that is read, such as `tags of registry.example/app`. */
  readonly subject: string;
  readonly onWarning: CraneOptions['onWarning'];
}

/** Parses the names of a list. An invalid name is a fault of the registry: it is skipped, with a warning. */
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
      onWarning?.({ registry, text: `${subject}: skipped an invalid name: "${printable(name)}"` });
      continue;
    }
    yield parsed;
  }
}

/** Collects the names of a list, up to the cap that the options set. */
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
