import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Kinds of warnings that typedoc prints. A warning belongs to the first kind that it matches. */
const KINDS = [
  { kind: 'a member without a comment', pattern: /does not have any documentation/ },
  { kind: 'a type that cannot be imported by name', pattern: /but not included in the documentation/ },
  { kind: 'a broken link', pattern: /resolve link|anchor does not exist|is not a file/ },
  { kind: 'any other warning', pattern: /./ },
];

/** Kinds that the API reference may still have. Empty this list when every public member has a comment. */
const NOT_YET = ['a member without a comment'];

/** Makes the API reference and returns the exit code and the warnings of typedoc. */
function makeReference(): { readonly status: number | null; readonly warnings: readonly string[] } {
  const out = mkdtempSync(path.join(tmpdir(), 'containerregistry-reference-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['node_modules/typedoc/bin/typedoc', '--logLevel', 'Warn', '--out', out],
      { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' } },
    );
    // The last line counts the warnings, and a line that begins with a tab belongs to the warning before it.
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => /^\[(?!.*Found \d+ errors)/.test(line));
    return { status, warnings: lines };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

describe('the API reference that typedoc makes', () => {
  const { status, warnings } = makeReference();
  const kindOf = (line: string): string | undefined => KINDS.find(({ pattern }) => pattern.test(line))?.kind;

  it('is made without an error', () => {
    expect(status).toBe(0);
  });

  it.each(KINDS.filter(({ kind }) => !NOT_YET.includes(kind)))('does not have $kind', ({ kind }) => {
    expect(warnings.filter((line) => kindOf(line) === kind)).toEqual([]);
  });
});
