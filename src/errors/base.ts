import { types } from 'node:util';
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
    // The subclasses inherit it.
    Object.defineProperty(this, Symbol.hasInstance, { value: isInstance });
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
  // An error of another realm, such as that of a Jest test, is not an instance of this realm's Error.
  return (error instanceof Error || types.isNativeError(error)) && brand in error;
}

/**
 * What `instanceof` asks of an error class of this package. A process may have two copies of the package: its ES modules
 * and its CommonJS files, or two installed versions. An error of the same class of another copy is an instance too. The
 * classes of this package have a name of their own on their prototype, and subclasses of other packages do not.
 */
function isInstance(this: { readonly prototype: object }, value: unknown): boolean {
  if (Object.prototype.isPrototypeOf.call(this.prototype, Object(value))) return true;
  const name = ownName(this.prototype);
  if (name === undefined || !isContainerError(value)) return false;
  for (
    let prototype: unknown = Object.getPrototypeOf(value);
    typeof prototype === 'object' && prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    if (ownName(prototype) === name) return true;
  }
  return false;
}

function ownName(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, 'name')?.value;
}
