import { isContainerError } from '../../errors/base.js';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.js';
import { isRealm } from './realm.js';

/**
 * The challenge of a refusal that another attempt can satisfy. Undefined if it is missing, cannot be parsed or names no
 * token server. Then only the status of the response counts, and the previous challenge stays valid.
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
