import { isContainerError } from '../../errors/base.js';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.js';
import { isRealm } from './realm.js';

/**
 * The challenge of a refusal that another attempt can follow. Undefined for one that is missing, cannot be read or names
 * no token server: then the status is all that the response says, and what was known before still holds.
 */
export function usableChallenge(header: string | undefined): Challenge | undefined {
  try {
    const found = chooseChallenge(parseChallenges(header ?? ''));
    if (found?.scheme !== 'bearer' || isRealm(found.parameters.get('realm'))) return found;
    return found.alternative;
  } catch (error) {
    if (!isContainerError(error)) throw error;
    return undefined;
  }
}
