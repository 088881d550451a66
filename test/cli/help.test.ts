import { describe, expect, it } from '@jest/globals';
import { commandGroups } from '../../src/cli/commands/groups.js';
import { version } from '../../src/internal/version.js';
import { gantry } from '../support/programs/gantry.js';

describe('help', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('of %j goes to stdout', async (args) => {
    const { code, stdout, stderr } = await gantry(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: gantry .*\n/);
    expect(stdout).toContain('copy an image');
  });

  it.each([[['auth']], [['auth', '--help']], [['help', 'auth']]])('of a group by %j', async (args) => {
    const { code, stdout, stderr } = await gantry(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: gantry auth .*\n[\s\S]*log/);
  });

  it('of a command has its global flags and an example', async () => {
    const { stdout } = await gantry(['copy', '--help']);
    expect(stdout).toMatch(/^Usage: gantry copy\|cp /);
    expect(stdout).toContain('--platform');
    expect(stdout).toContain('Examples:\n  $ gantry copy ');
  });
});

describe('the help of the program', () => {
  it('has every command in a group, and fits 80 columns', async () => {
    const { stdout } = await gantry(['--help']);
    for (const [title, names] of commandGroups) {
      const group = stdout.slice(stdout.indexOf(`\n${title}\n`)).split('\n\n')[0]!;
      const listed = [...group.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
      expect({ title, listed: listed.sort() }).toEqual({ title, listed: [...names].sort() });
    }
    expect(stdout).not.toContain('\nCommands:\n');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([[['help', 'nope']], [['help', 'auth', 'nope']], [['nope', '--help']]])(
    'on a topic that does not exist exits with 2: %j',
    async (args) => {
      const { code, stdout, stderr } = await gantry(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Error: unknown command 'nope'/);
    },
  );
});

it.each([[['version']], [['--version']]])('%j prints the version', async (args) => {
  expect(await gantry(args)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});
