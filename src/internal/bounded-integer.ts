/**
 * Checks an option that must be an integer.
 * @throws TypeError unless the value is an integer from `min` to `max`
 */
export function boundedInteger(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`\`${name}\` must be a whole number from ${min} to ${max}`);
}
