import { AuthError } from '../../errors/service/auth.js';
import { hostSettings } from '../settings/host-settings.js';
import { parseRegistryLocation, formatRegistryLocation } from '../settings/registry-location.js';
import type { RegistrySettings } from '../settings/registry-settings.js';

/** Settings by a canonical key, so that settings of several files for the same location are merged. */
export type Entries = Map<string, RegistrySettings>;

/**
 * Merges settings into those of an earlier file. Members that are undefined leave the earlier ones unchanged.
 *
 * @returns the reason why the settings are invalid; undefined if they are valid
 */
export function addEntry(entries: Entries, key: string, settings: RegistrySettings): string | undefined {
  const reason = settingsMistake(key, settings);
  if (reason !== undefined) return reason;
  const name = entryName(key);
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  entries.set(name, { ...entries.get(name), ...(Object.fromEntries(given) as RegistrySettings) });
  return undefined;
}

/** The canonical form of a key. */
export function entryName(key: string): string {
  const location = parseRegistryLocation(key);
  return location === undefined ? key : formatRegistryLocation(location);
}

/** The message of the error that a session would throw for these settings. */
function settingsMistake(key: string, settings: RegistrySettings): string | undefined {
  try {
    hostSettings({ [key]: settings });
    return undefined;
  } catch (error) {
    if (error instanceof TypeError || error instanceof AuthError) return error.message;
    throw error;
  }
}
