import type { Heredoc } from '../text/heredoc.js';
import type { Token } from '../parts/white-space.js';
import type { BaseInstruction } from './types.js';

/** An instruction with its flags, heredocs and the text of its arguments, before the arguments are parsed. */
export interface Statement {
  /** In upper case. */
  readonly name: string;
  readonly flags: readonly Token[];
  readonly rest: Token;
  readonly heredocs: readonly Heredoc[];
  readonly escape: string;
  readonly base: BaseInstruction;
}
