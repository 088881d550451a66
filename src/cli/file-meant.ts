import { existsSync } from 'node:fs';
import { AuthError } from '../errors/auth.js';
import { BadNameError } from '../errors/bad-name.js';
import { NotFoundError } from '../errors/not-found.js';
import { TransportError } from '../errors/transport.js';

/**
 * An operand that was taken for a reference, though a file has this name: a name alone is always a
 * reference, as with crane.
 */
export function fileMeant(reason: unknown, operands: readonly string[]): string | undefined {
  const couldBe = [AuthError, BadNameError, NotFoundError, TransportError].some(
    (kind) => reason instanceof kind,
  );
  if (!couldBe) return undefined;
  return operands.find((operand) => PLAIN.test(operand) && existsSync(operand));
}

/** No flag, no path and no notation. */
const PLAIN = /^(?![-./\\])[^:]*$/;
