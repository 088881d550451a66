import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type CommandOutline, outline } from '../../src/cli/completion/outline.js';
import { newProgram } from '../../src/cli/program.js';
import { renderDocs } from './render-docs.js';
import prettier from 'prettier';

const PAGE = 'docs/cli.md';
const program = outline(
  newProgram(
    () => {
      throw new Error('nothing runs');
    },
    () => undefined,
  ),
);
const all = (command: CommandOutline): readonly CommandOutline[] => [
  command,
  ...command.commands.flatMap(all),
];
const leaves = all(program).filter(({ commands }) => commands.length === 0);

describe('the documentation', () => {
  it('docs/cli.md matches the commands', async () => {
    const options = await prettier.resolveConfig(PAGE);
    const page = await prettier.format(renderDocs(program), { ...options, parser: 'markdown' });
    if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  it.each(leaves.map((command) => [command.path.join(' '), command] as const))(
    'says everything about %s',
    (path, command) => {
      expect(command.description).toMatch(/^[a-z]/);
      expect(command.example).toContain(`gantry ${path}`);
      for (const { description } of [...command.arguments, ...command.flags])
        expect(description).not.toBe('');
    },
  );

  it('README.md names only commands that exist', () => {
    const names = new Set(program.commands.flatMap(({ path, aliases }) => [path[0]!, ...aliases]));
    const readme = readFileSync('README.md', 'utf8');
    const used = [...readme.matchAll(/^(?:npx [^\n]*?)?gantry ([a-z]+)/gm)].map(([, name]) => name!);
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });
});
