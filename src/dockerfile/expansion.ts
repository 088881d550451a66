import { DockerfileError } from '../errors/invalid/dockerfile.js';
import { expand as expandText, type Expansion, type LexerOptions, type Variables } from './expand/lexer.js';
import { parseMount as parseMountText } from './instructions/mount.js';
import type { Mount, SourceRange } from './instructions/types.js';
import { Problem } from './parts/problem.js';

/** The position of a text, for error messages. */
export interface TextOptions {
  /** The instruction that the text belongs to. @default line 1 */
  readonly range?: SourceRange | undefined;
  /** The name of the file in error messages. @default Dockerfile */
  readonly file?: string | undefined;
}

/** How a text is expanded. */
export interface ExpandOptions extends LexerOptions, TextOptions {}

/**
 * Expands the variables of a text and removes its quotes and escapes, as BuildKit does.
 *
 * The operators are `${name}`, `${name:-word}`, `${name-word}`, `${name:+word}`, `${name+word}`, `${name:?message}`,
 * `${name?message}`, `${name#pattern}`, `##`, `%`, `%%`, `${name/pattern/text}` and `${name//pattern/text}`. In a pattern,
 * `*` is any text and `?` any character of one line.
 *
 * @throws DockerfileError for an unknown operator, a quote or brace that is not closed, a variable that `?`
 * requires, or a result of more than 1 Mi characters
 */
export function expand(text: string, variables: Variables, options: ExpandOptions = {}): Expansion {
  return orDockerfileError(() => expandText(text, variables, options), options);
}

/**
 * Reads the value of `RUN --mount`, such as `type=cache,target=/root/.cache`, and expands the values of its keys.
 *
 * @throws DockerfileError for a key or value that is unknown, or that the type of the mount does not allow
 */
export function parseMount(text: string, variables: Variables, options: ExpandOptions = {}): Mount {
  return orDockerfileError(
    () => parseMountText(text, (value) => expandText(value, variables, options).text),
    options,
  );
}

/** Runs a step whose problems become a DockerfileError with the position of the text. */
export function orDockerfileError<T>(run: () => T, { range, file }: TextOptions): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { kind, message, hint } = error;
    const { line = 1, column = 1 } = range ?? {};
    throw new DockerfileError(message, { problem: kind, line, column, file, hint, cause: error });
  }
}
