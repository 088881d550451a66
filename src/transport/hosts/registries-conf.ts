import { SettingsInvalidError, type SettingsPosition } from '../../errors/invalid/settings.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { printable } from '../../internal/printable.js';
import type { Mirror, RegistrySettings } from '../settings/registry-settings.js';
import { addEntry, type Entries, entryName } from './entries.js';
import { elementsOf, type Field, booleanOf, membersOf, optional, pathText, stringOf } from './field.js';
import { readSettingsFile } from './read-settings-file.js';
import { trimEnd } from '../../internal/trim-end.js';

/**
 * Reads a `registries.conf` of podman, skopeo and buildah into `entries`: its `[[registry]]` tables, or the lists of
 * its first version. A table replaces that of an earlier file with the same prefix. Settings for short names are
 * ignored, because this package has no short names. Unknown members are ignored, too, as in podman.
 *
 * @throws SettingsInvalidError if the file is invalid; it has the path or the position of the mistake.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
export async function readRegistriesConf(
  file: string,
  entries: Entries,
  options: AbortOptions,
): Promise<void> {
  const text = await readSettingsFile(file, options);
  const root: Field = {
    value: await parse(text, file),
    path: [],
    fail: (at, reason) =>
      new SettingsInvalidError(file, at.length === 0 ? reason : `${pathText(at)} ${reason}`),
  };
  const members = membersOf(root);
  const tables = new Map<string, readonly [Field, RegistrySettings]>();
  for (const field of optional(members, 'registry', elementsOf) ?? []) {
    const { prefix, settings } = readTable(field);
    if (tables.has(prefix)) throw field.fail(field.path, `has the same prefix as another table: ${prefix}`);
    tables.set(prefix, [field, settings]);
  }
  const lists = optional(members, 'registries', membersOf) ?? new Map<string, Field>();
  addList(tables, lists.get('insecure'), { insecure: true });
  addList(tables, lists.get('block'), { blocked: true });
  for (const [prefix, [field, settings]] of tables) {
    entries.delete(entryName(prefix));
    const reason = addEntry(entries, prefix, settings);
    if (reason !== undefined) throw field.fail(field.path, `cannot be used: ${reason}`);
  }
}

async function parse(text: string, file: string): Promise<unknown> {
  const { parse: parseToml, TomlError } = await import('smol-toml');
  try {
    return parseToml(text, { maxDepth: 16, unsafeKeyBehaviour: 'throw' });
  } catch (error) {
    // The message of the parser is dropped, because it quotes the file.
    const position: SettingsPosition | undefined =
      error instanceof TomlError ? { line: error.line, column: error.column } : undefined;
    throw new SettingsInvalidError(file, 'not valid TOML', { position });
  }
}

/** A `[[registry]]` table. */
interface Table {
  readonly prefix: string;
  readonly settings: RegistrySettings;
}

function readTable(field: Field): Table {
  const members = membersOf(field);
  const location = optional(members, 'location', locationOf) ?? '';
  const prefix = optional(members, 'prefix', locationOf) ?? '';
  const key = prefix === '' ? location : prefix;
  if (key === '') throw field.fail(field.path, 'has neither prefix nor location');
  if (location === '' && !key.startsWith('*.')) throw field.fail(field.path, 'has no location');
  return {
    prefix: key,
    settings: {
      // A location that is equal to the prefix does not redirect anything.
      location: location === key || location === '' ? undefined : location,
      insecure: optional(members, 'insecure', booleanOf),
      blocked: optional(members, 'blocked', booleanOf),
      mirrorByDigestOnly: optional(members, 'mirror-by-digest-only', booleanOf),
      mirrors: optional(members, 'mirror', (of) => elementsOf(of).map(readMirror)),
    },
  };
}

function readMirror(field: Field): Mirror {
  const members = membersOf(field);
  const location = optional(members, 'location', locationOf) ?? '';
  if (location === '') throw field.fail(field.path, 'has no location');
  return {
    location,
    insecure: optional(members, 'insecure', booleanOf),
    pull: optional(members, 'pull-from-mirror', (of) => {
      const text = stringOf(of);
      if (text === '') return undefined;
      if (text === 'all' || text === 'digest-only' || text === 'tag-only') return text;
      throw of.fail(of.path, 'must be all, digest-only or tag-only');
    }),
  };
}

/** A location in the notation of podman: without a scheme. */
function locationOf(field: Field): string {
  const text = trimEnd(stringOf(field), '/');
  if (text.includes('://')) throw field.fail(field.path, `must have no scheme: ${printable(text)}`);
  return text;
}

/** Adds the settings for a list of the first version, such as `[registries.block] registries = [...]`. */
function addList(
  tables: Map<string, readonly [Field, RegistrySettings]>,
  section: Field | undefined,
  settings: RegistrySettings,
): void {
  const names = section === undefined ? undefined : membersOf(section).get('registries');
  for (const field of names === undefined ? [] : elementsOf(names)) {
    const name = locationOf(field);
    tables.set(name, [field, { ...tables.get(name)?.[1], ...settings }]);
  }
}
