import { visible } from './visible.js';

const brand: unique symbol = Symbol.for('containerregistry.error');

/** What every error of this package may be given besides its message. */
export interface ContainerErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** One sentence that tells a person what to do next. */
  readonly hint?: string | undefined;
}

/**
 * Base of every error that this package throws on purpose; branch on `code`.
 *
 * Messages start with the operation, in lower case and without a full stop. No
 * message, property or cause carries a secret. An aborted call is not a
 * ContainerError: it rejects with the reason of its signal.
 *
 * Messages and hints quote names and texts of registries and archives. Control, bidirectional and invisible
 * characters in them are escaped, as in `\u001b`: a message is one line that is safe to print on a terminal.
 */
export class ContainerError<C extends string = string> extends Error {
  static {
    this.prototype.name = 'ContainerError';
  }

  readonly code: C;
  declare readonly hint?: string;

  constructor(code: C, message: string, options: ContainerErrorOptions = {}) {
    super(visible(message), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = visible(options.hint);
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Recognises an error of this package, also one thrown by a second installed copy of it. */
export function isContainerError(error: unknown): error is ContainerError {
  return error instanceof Error && brand in error;
}
