import { execFile } from 'node:child_process';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parseMode } from '../../src/tree/copy/mode.js';
import { FileProblem } from '../../src/tree/nodes/problem.js';
import { fc } from '../support/tools/fast-check.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const run = promisify(execFile);
const temp = useTempDir();

const changed = (text: string, mode: number, isDirectory = false): string =>
  parseMode(text).apply(mode, isDirectory).toString(8);

describe('the value of --chmod', () => {
  it.each([
    ['755', 0o600, '755'],
    ['0', 0o600, '0'],
    ['7777', 0o600, '7777'],
    ['00644', 0o4755, '644'],
    ['u+x', 0o644, '744'],
    ['+x', 0o644, '755'],
    ['a-w', 0o666, '444'],
    ['go-rwx', 0o755, '700'],
    ['u=rwx,go=rx', 0o4000, '755'],
    ['u=rw,g=u,o-x', 0o4751, '660'],
    ['a=rX', 0o600, '444'],
    ['a=rX', 0o100, '555'],
    ['a=', 0o7777, '1000'],
    ['=', 0o7777, '1000'],
    ['u=', 0o6755, '2055'],
    ['g=u', 0o2750, '2770'],
    ['g-u', 0o677, '617'],
    ['o+g', 0o640, '644'],
    ['u+s,g+s,+t', 0o755, '7755'],
    ['o+s', 0o755, '755'],
    ['o+t', 0o755, '755'],
    ['a=t', 0o6755, '1000'],
    ['a+X-x', 0o755, '644'],
    ['a-x,a+X', 0o755, '755'],
    ['u-X', 0o755, '655'],
    ['u=rw-w+x', 0o077, '577'],
    ['uuu+x', 0o600, '700'],
    ['u+', 0o644, '644'],
  ])('%s changes %o to %s', (text, mode, expected) => {
    expect(changed(text, mode)).toBe(expected);
  });

  it.each([
    ['X', '+X', 0o600, '711'],
    ['= clears the set-ID bits', 'a=rx', 0o7755, '1555'],
    ['s', 'g+s', 0o755, '2755'],
  ])('has a meaning for directories: %s', (_, text, mode, expected) => {
    expect(changed(text, mode, true)).toBe(expected);
  });

  it('has an octal mode or none', () => {
    expect(parseMode('0750').octal).toBe(0o750);
    expect(parseMode('u+x').octal).toBeUndefined();
  });

  it.each([
    ...['', '8', '9', '10000', '77777777777777777777', '0x1', '+5', 'x', 'u', 'u+x,', ',u+x', 'u+x,,g+x'],
    ...['u+y', 'z+x', ' u+x', 'u +x', 'u+x\n', '7a', '-1', 'rwxr-xr-x', '__proto__', 'u+constructor'],
  ])('cannot be %j', (text) => {
    expect(() => parseMode(text)).toThrow(FileProblem);
    expect(() => parseMode(text)).toThrow(`--chmod=${text} is not a mode`);
  });

  it('is read in time in proportion to its length', () => {
    const text = '+x'.repeat(200_000);
    expect(parseMode(text).apply(0, false)).toBe(0o111);
    expect(() => parseMode(`${text}?`)).toThrow(FileProblem);
  });

  it('means the same as for chmod, where BSD and GNU agree', async () => {
    const [file, directory] = [temp.path('file'), temp.path('directory')];
    await writeFile(file, '');
    await mkdir(directory);
    const operation = fc.tuple(
      fc.constantFrom('+', '-', '='),
      fc.constantFrom('', 'r', 'w', 'x', 'rw', 'rx', 'rwx', 'wx', 'u', 'g', 'o'),
    );
    const clause = fc
      .tuple(
        fc.constantFrom('u', 'g', 'o', 'a', 'ug', 'go', 'uo', 'ugo'),
        fc.array(operation, { minLength: 1, maxLength: 2 }),
      )
      .map(([who, operations]) => `${who}${operations.flat().join('')}`);
    const symbolic = fc
      .tuple(fc.array(clause, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([clauses, hasX]) => [...(hasX ? ['a+X'] : []), ...clauses].join(','));
    const octal = fc.integer({ min: 0, max: 0o7777 }).map((mode) => mode.toString(8).padStart(5, '0'));
    const cases = fc.tuple(fc.oneof(symbolic, octal), fc.integer({ min: 0, max: 0o777 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cases, async ([text, mode, isDirectory]) => {
        const path = isDirectory ? directory : file;
        await chmod(path, mode);
        await run('chmod', ['--', text, path]);
        const { mode: now } = await stat(path);
        expect(changed(text, mode, isDirectory)).toBe((now & 0o7777).toString(8));
      }),
      { numRuns: 150 },
    );
    await chmod(directory, 0o700);
  });
});
