import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { exitCodeOf } from '../../../src/cli/terminal/exit-code.js';
import { ContainerError } from '../../../src/errors/base.js';
import { FileSystemError } from '../../../src/errors/file-system.js';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { PartialFailureError } from '../../../src/errors/service/partial-failure.js';

/** An error of the operating system. */
function errnoError(code: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(code);
  error.code = code;
  return error;
}

/** Rows of the table in docs/errors.md: the code of an error and the exit code of gantry. */
const rows = [
  ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `\w+Error` +\| `([A-Z_]+)` +\|.*\| (.+?) +\|$/gm),
].map(([, code = '', exit = '']) => ({ code, exit }));

describe('the exit code', () => {
  it('is documented once for each code', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
  });

  it.each(rows.filter(({ exit }) => /^\d$/.test(exit)))('of $code is $exit', ({ code, exit }) => {
    expect(exitCodeOf(new ContainerError(code, 'it failed'))).toBe(Number(exit));
  });

  it('of a missing file is 3, as for anything not found, and of other file errors 1', () => {
    const refused = (code: string): FileSystemError => new FileSystemError('open', 'a.tar', errnoError(code));
    expect([exitCodeOf(refused('ENOENT')), exitCodeOf(refused('EACCES'))]).toEqual([3, 1]);
  });

  it('of an operation with several failures is that of the first failure', () => {
    const error = new PartialFailureError('copy', [{ subject: 'a', error: new NotFoundError('no a') }], 2);
    expect(exitCodeOf(error)).toBe(3);
  });
});
