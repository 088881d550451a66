import { describe, expect, it } from '@jest/globals';
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

it.each([[['version']], [['--version']]])('%j prints the version', async (args) => {
  expect(await gantry(args)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});
