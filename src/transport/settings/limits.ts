import { boundedInteger } from '../../internal/bounded-integer.js';
import type { RequestLimits } from '../wire/gate.js';

const MAX = 1_000_000;

/** @throws TypeError on limits that make no sense. */
export function checkLimits({ requestsPerSecond, maxConcurrentRequests }: RequestLimits): void {
  if (maxConcurrentRequests !== undefined)
    boundedInteger('maxConcurrentRequests', maxConcurrentRequests, 1, MAX);
  // Less than one in a second is fine, such as 0.5.
  const fits = requestsPerSecond === undefined || (requestsPerSecond >= 1e-3 && requestsPerSecond <= MAX);
  if (!fits) throw new TypeError(`\`requestsPerSecond\` must be a number from 0.001 to ${MAX}`);
}
