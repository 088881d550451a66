import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { gantry } from '../support/programs/gantry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

describe('completion for bash', () => {
  /** The words that bash suggests for the last of these words. */
  async function offered(...words: readonly string[]): Promise<string[]> {
    const { code, stdout } = await gantry(['completion', 'bash']);
    expect(code).toBe(0);
    writeFileSync(temp.path('gantry.bash'), stdout);
    const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gantry; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync(
      'bash',
      ['-c', program, 'bash', temp.path('gantry.bash'), 'gantry', ...words],
      {
        cwd: temp.path(),
        encoding: 'utf8',
      },
    );
    return output.trim().split('\n').sort();
  }

  it.each([
    [['cop'], ['copy']],
    [
      ['auth', 'log'],
      ['login', 'logout'],
    ],
    [
      ['copy', '--all'],
      ['--all-tags', '--allow-nondistributable-artifacts', '--allow-symlinks', '--allowed-host'],
    ],
    [['cp', '--no-c'], ['--no-clobber']],
    [['--insecure', 'auth', 'tok'], ['token']],
    [
      ['pull', '--format', ''],
      ['legacy', 'oci', 'oci-archive', 'tarball'],
    ],
    [['ls', '--progress', 'j'], ['json']],
    [['completion', 'p'], ['powershell']],
    [['push', '--image-refs', 'gan'], ['gantry.bash']],
    [['push', 'gan'], ['gantry.bash']],
  ])('%j offers %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });
});

it.each([
  ['zsh', '#compdef gantry'],
  ['fish', 'complete -c gantry -n \'test (__gantry_command) = "copy"\' -l all-tags'],
  ['powershell', "'copy' = @("],
])('completion for %s knows the commands and flags', async (shell, line) => {
  const { code, stdout } = await gantry(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toContain(line);
  for (const word of ['login', 'all-tags', 'annotate-ref']) expect(stdout).toContain(word);
});
