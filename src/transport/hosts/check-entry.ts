import { AuthError } from '../../errors/service/auth.js';
import { hostSettings } from '../settings/host-settings.js';
import { parsePlaceName, placeText } from '../settings/location-name.js';
import type { RegistrySettings } from '../settings/registry-settings.js';

/** Settings by the one name that each place has, so that those of several files meet. */
export type Entries = Map<string, RegistrySettings>;

/**
 * Adds settings to those of an earlier file: what they say counts, what they leave open stays as it was.
 *
 * @returns what is wrong with them; undefined if nothing is
 */
export function addEntry(entries: Entries, key: string, settings: RegistrySettings): string | undefined {
  const reason = mistakeIn(key, settings);
  if (reason !== undefined) return reason;
  const name = entryName(key);
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  entries.set(name, { ...entries.get(name), ...(Object.fromEntries(said) as RegistrySettings) });
  return undefined;
}

/** The one name of a place. */
export function entryName(key: string): string {
  const place = parsePlaceName(key);
  return place === undefined ? key : placeText(place);
}

/** What the options of a session would be refused for. */
function mistakeIn(key: string, settings: RegistrySettings): string | undefined {
  try {
    hostSettings({ [key]: settings });
    return undefined;
  } catch (error) {
    if (error instanceof TypeError || error instanceof AuthError) return error.message;
    throw error;
  }
}
