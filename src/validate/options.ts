import type { AbortOptions } from '../internal/async/abort.js';

export interface ValidateOptions extends AbortOptions {
  /** Leave the layers' bytes alone: only ask whether they are there. @default false */
  readonly fast?: boolean | undefined;
  /** Layers read, and children of an index validated, at the same time. @default 4 */
  readonly jobs?: number | undefined;
}

export interface ValidateIndexOptions extends ValidateOptions {
  /** How deep indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}
