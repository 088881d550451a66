import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { hintFor } from '../../src/cli/context/hint.js';
import { outline, type CommandOutline } from '../../src/cli/completion/outline.js';
import { newProgram } from '../../src/cli/program.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(path.join('src', file), 'utf8'));

/** The options that errors name, and that functions pass on to those that throw them. */
const named = sources.flatMap((text) => [
  ...[...text.matchAll(/new LimitExceededError\((?:[^;]|\n)*?'(max[A-Z]\w*|depth)',?\s*\)/g)].map(
    (match) => match[1] ?? '',
  ),
  ...[...text.matchAll(/option: '(max[A-Z]\w*)'/g)].map((match) => match[1] ?? ''),
]);
const options = [...new Set(named)];

const program = newProgram(
  () => {
    throw new Error('no command runs');
  },
  () => undefined,
);
const flagsOf = ({ flags, commands }: CommandOutline): string[] => [
  ...flags.map(({ long }) => long ?? ''),
  ...commands.flatMap(flagsOf),
];
const flags = new Set(flagsOf(outline(program)));

it('V11: a limit names the flag that raises it, or says that there is none', () => {
  expect(options).toEqual(expect.arrayContaining(['maxBytes', 'maxDepth', 'maxEntries', 'maxRatio']));
  for (const option of options) {
    const flag = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const hint = hintFor(new LimitExceededError('size', 1, option));
    if (flags.has(flag)) expect(hint).toContain(flag);
    else expect(hint).toBe('only programs can raise this limit');
  }
});
