import type { AbortOptions } from '../internal/async/abort.js';

/** Options of `validate.image` and `validate.layer`. */
export interface ValidateOptions extends AbortOptions {
  /** Does not read the layers; only checks that they exist. @default false */
  readonly fast?: boolean | undefined;
  /** How many layers are read, and how many children of an index are validated, at the same time. @default 4 */
  readonly jobs?: number | undefined;
}

/** Options of `validate.index`. */
export interface ValidateIndexOptions extends ValidateOptions {
  /** How deep indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}
