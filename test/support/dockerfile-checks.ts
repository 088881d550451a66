import { check, type CheckOptions } from '../../src/dockerfile/index.js';

export const joined = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** The line and the rule of each warning. */
export function found(source: string, options?: CheckOptions): readonly string[] {
  return check(source, options).warnings.map(({ line, rule }) => `${line} ${rule}`);
}

/** The messages of the warnings of one rule. */
export function messages(rule: string, source: string, options?: CheckOptions): readonly string[] {
  return check(source, options).warnings.flatMap((warning) =>
    warning.rule === rule ? [warning.message] : [],
  );
}

/** A Dockerfile, and the line and the rule of each warning that it gets. */
export type Case = readonly [text: string, warnings: readonly string[], options?: CheckOptions];

export const onScratch = (...lines: readonly string[]): string => joined('FROM scratch', ...lines);
/** The warnings of one rule in these lines. */
export const at = (rule: string, ...lines: readonly number[]): readonly string[] =>
  lines.map((line) => `${line} ${rule}`);
