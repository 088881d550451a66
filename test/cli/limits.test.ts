import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { hintFor } from '../../src/cli/context/hint.js';
import { outline, type CommandOutline } from '../../src/cli/completion/outline.js';
import { newProgram } from '../../src/cli/program.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(path.join('src', file), 'utf8'));

/** The options that errors name and that public functions accept. */
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

it('V11: the error of a limit names the flag that raises it, or says that no flag does', () => {
  expect(options).toEqual(expect.arrayContaining(['maxBytes', 'maxDepth', 'maxEntries', 'maxRatio']));
  for (const option of options) {
    const flag = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const hint = hintFor(new LimitExceededError('size', 1, option));
    if (flags.has(flag)) expect(hint).toContain(flag);
    else expect(hint).toBe('only programs can raise this limit');
  }
});

/** Options that no command of gantry sets, so that no error of a command names them. */
const unset = ['portable', 'referrersTagFallback', 'noClobber: false'];

/** Names of programs, of members of settings files, and of a function that only programs can call. */
const others = ['docker', 'blocked', 'cert', 'key', 'ca', 'open'];

/** The hints in the library's source that are plain text. */
const hints = sources.flatMap((text) =>
  [...text.matchAll(/hint:\s*'((?:[^'\\\n]|\\.)*`(?:[^'\\\n]|\\.)*)'/g)].map((match) => match[1] ?? ''),
);

it('S16: hints name only flags and commands that gantry has', () => {
  expect(hints.length).toBeGreaterThan(10);
  const found: string[] = [];
  for (const hint of hints) {
    const shown = hintFor(new UnsupportedError('x', { hint })) ?? '';
    const quoted = [...shown.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    const options = quoted.filter(
      (text) => /^[a-z][A-Za-z]*(?:: \w+)?$/.test(text) && ![...unset, ...others].includes(text),
    );
    if (options.length > 0) found.push(`${options.join()}: ${hint}`);
    for (const [flag] of shown.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)) {
      if (!hint.includes(flag)) expect(flags).toContain(flag);
    }
  }
  expect(found).toEqual([]);
});
