import type { Directives } from '../text/directives.js';
import type { ArgInstruction, FromInstruction, Instruction } from './types.js';

/** A part of a Dockerfile that makes an image: FROM and the instructions up to the next FROM. */
export interface Stage {
  /** Counted from 0. */
  readonly index: number;
  /** The instruction that begins the stage. */
  readonly from: FromInstruction;
  /** The instructions after FROM, in their order. */
  readonly instructions: readonly Instruction[];
}

/** A parsed Dockerfile. Variables in it are not expanded. */
export interface Dockerfile {
  /** The directives at the top of the file. */
  readonly directives: Directives;
  /** The ARG instructions before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  /** The stages in the order of the file; at least one. */
  readonly stages: readonly Stage[];
}
