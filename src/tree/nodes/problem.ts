/** Why a path cannot be read or changed. */
export type FileProblemKind =
  'not-found' | 'not-directory' | 'is-directory' | 'loop' | 'pattern' | 'unsupported';

/** A problem with a path in a tree. The builder, which knows the instruction, makes a public error of it. */
export class FileProblem extends Error {
  readonly kind: FileProblemKind;
  readonly hint: string | undefined;

  constructor(kind: FileProblemKind, message: string, hint?: string) {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }
}
