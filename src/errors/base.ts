import { visible } from './visible.js';

const brand: unique symbol = Symbol.for('containerregistry.error');

/** Options of the constructors of this package's errors. */
export interface ContainerErrorOptions {
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** One sentence that says what to do next. */
  readonly hint?: string | undefined;
}

/**
 * Base class of every error that this package throws on purpose. Branch on `code`.
 *
 * A message starts with the operation or the thing that failed, such as `open a.tar: no such file or directory` or
 * `blob sha256:...: not in the layout`, and has no full stop. No message, property or cause carries a secret.
 *
 * An aborted call is not a ContainerError: it rejects with the reason of its signal.
 *
 * Messages and hints quote names and texts of registries and archives. Control, bidirectional and invisible
 * characters in them are escaped, as in `\u001b`, so that a message is one line that is safe to print on a
 * terminal.
 */
export class ContainerError<C extends string = string> extends Error {
  static {
    this.prototype.name = 'ContainerError';
  }

  /** Names the kind of the error; the same for all errors of a class. */
  readonly code: C;
  /** One sentence that says what to do next. The property is missing if there is no advice. */
  declare readonly hint?: string;

  constructor(code: C, message: string, options: ContainerErrorOptions = {}) {
    super(visible(message), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = visible(options.hint);
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is an error of this package, including one that a second installed copy of the package threw.
 */
export function isContainerError(error: unknown): error is ContainerError {
  return error instanceof Error && brand in error;
}
