import { Problem } from '../parts/problem.js';
import { splitWords } from '../text/command-line.js';
import { parseJsonForm } from '../text/json-form.js';
import { splitBlanks } from '../parts/white-space.js';
import type { Statement } from './statement.js';
import type { Command, Pair } from './types.js';

/** The arguments in JSON form, or separated by blanks. */
export function listOf({ rest }: Statement): readonly string[] {
  return parseJsonForm(rest) ?? blankList(rest);
}

/** The arguments separated by blanks. */
export function blankList(rest: Statement['rest']): readonly string[] {
  return rest.text === '' ? [] : splitBlanks(rest).map(({ text }) => text);
}

/** The complete text after the instruction and its flags. */
export function soleArgument({ name, rest }: Statement): string {
  if (rest.text !== '') return rest.text;
  throw new Problem('arguments', `${name} needs an argument`, { offset: rest.offset });
}

/** A command in JSON form, or for the shell. */
export function commandOf(rest: Statement['rest']): Command {
  const words = parseJsonForm(rest);
  return words === undefined ? { form: 'shell', text: rest.text } : { form: 'exec', words };
}

/** The pairs of ENV and LABEL: `NAME=VALUE ...`, or the old `NAME VALUE`. */
export function pairsOf({ name: instruction, rest, escape }: Statement): readonly Pair[] {
  const words = splitWords(rest, escape);
  const [first] = words;
  if (first === undefined) {
    throw new Problem('arguments', `${instruction} needs an argument`, { offset: rest.offset });
  }
  if (!first.text.includes('=')) {
    const [name = first, value] = splitBlanks(rest, 2);
    if (value !== undefined) return [{ name: name.text, value: value.text, legacy: true }];
    throw new Problem('arguments', `${instruction} ${name.text} has no value`, {
      offset: name.offset,
      hint: `write ${instruction} ${name.text}=VALUE`,
    });
  }
  return words.map(({ text, offset }) => {
    const equals = text.indexOf('=');
    if (equals > 0) return { name: text.slice(0, equals), value: text.slice(equals + 1), legacy: false };
    throw equals === 0
      ? new Problem('arguments', `a name of ${instruction} is empty`, { offset })
      : new Problem('arguments', `${JSON.stringify(text)} is not NAME=VALUE`, {
          offset,
          hint: 'put a value with white space in quotes',
        });
  });
}
