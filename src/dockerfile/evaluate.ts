import { DockerfileError } from '../errors/invalid/dockerfile.js';
import { expand as expandText, type Expansion, type LexerOptions, type Variables } from './expand/lexer.js';
import { parseMount as parseMountText } from './instructions/mount.js';
import type { Mount, SourceRange } from './instructions/types.js';
import { Problem } from './parts/problem.js';

/** What errors say of the place of a text. */
export interface TextOptions {
  /** The instruction that the text belongs to. @default line 1 */
  readonly range?: SourceRange | undefined;
  /** How error messages call the file. @default Dockerfile */
  readonly file?: string | undefined;
}

/** How a text is expanded. */
export interface ExpandOptions extends LexerOptions, TextOptions {}

/**
 * Expands the variables of a text and takes off its quotes and escapes, as BuildKit does.
 *
 * The operators are `${name}`, `${name:-word}`, `${name-word}`, `${name:+word}`, `${name+word}`, `${name:?message}`,
 * `${name?message}`, `${name#pattern}`, `##`, `%`, `%%`, `${name/pattern/text}` and `${name//pattern/text}`. In a pattern,
 * `*` is any text and `?` any character of one line.
 *
 * @throws DockerfileError for an unknown operator, an open quote or brace, a variable that `?` asks for, or a result of
 * more than a mebibyte
 */
export function expand(text: string, variables: Variables, options: ExpandOptions = {}): Expansion {
  return orDockerfileError(() => expandText(text, variables, options), options);
}

/**
 * Reads the value of `RUN --mount`, such as `type=cache,target=/root/.cache`, and expands the values of its keys.
 *
 * @throws DockerfileError for a key or value that is unknown, or does not fit the type of the mount
 */
export function parseMount(text: string, variables: Variables, options: ExpandOptions = {}): Mount {
  return orDockerfileError(
    () => parseMountText(text, (value) => expandText(value, variables, options).text),
    options,
  );
}

function orDockerfileError<T>(run: () => T, { range, file }: TextOptions): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { kind, message, hint } = error;
    const { line = 1, column = 1 } = range ?? {};
    throw new DockerfileError(message, { problem: kind, line, column, file, hint, cause: error });
  }
}
