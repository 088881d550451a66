import { describe, expect, it } from '@jest/globals';
import { link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { isPartialName, partialFile, partialPath } from '../../../src/internal/resumable/partial-file.js';
import { tryLock } from '../../../src/internal/lock/lock-file.js';
import { outcomeOf, startProgram } from '../../support/programs/child.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const dir = useTempDir();
const bytes = (text: string): Buffer => Buffer.from(text);

describe('a partial file', () => {
  it('keeps its bytes, can be read and continued, and gets its name at the end', async () => {
    const first = await partialFile(dir.path('.blob.partial'));
    await first!.write(bytes('abc'));
    await first!.keep();
    expect(await readdir(dir.path())).toEqual(['.blob.partial']);
    const second = await partialFile(dir.path('.blob.partial'));
    expect(second!.size).toBe(3);
    expect((await readAll(second!.read())).toString()).toBe('abc');
    await second!.write(bytes('def'));
    expect(second!.size).toBe(6);
    await second!.commit(dir.path('blob'));
    await second!.keep();
    await second!.discard();
    expect(await readdir(dir.path())).toEqual(['blob']);
    expect(await readFile(dir.path('blob'), 'utf8')).toBe('abcdef');
  });

  it('can be emptied, and an empty one is not kept', async () => {
    await writeFile(dir.path('.blob.partial'), 'wrong');
    const partial = await partialFile(dir.path('.blob.partial'));
    await partial!.write(bytes('more'));
    await partial!.restart();
    expect(partial!.size).toBe(0);
    expect((await readAll(partial!.read())).length).toBe(0);
    await partial!.keep();
    expect(await readdir(dir.path())).toEqual([]);
    expect(() => partial!.write(bytes('late'))).toThrow('finished');
  });

  it('Y9: is one opener’s alone, within a process as well', async () => {
    const first = await partialFile(dir.path('.blob.partial'));
    expect(await partialFile(dir.path('.blob.partial'))).toBeUndefined();
    await first!.discard();
    const second = await partialFile(dir.path('.blob.partial'));
    expect(second).toBeDefined();
    await second!.discard();
    expect(await readdir(dir.path())).toEqual([]);
  });

  it('Y11: is no link, no second name of a file, and no directory', async () => {
    await writeFile(dir.path('other'), 'other');
    await symlink(dir.path('other'), dir.path('.a.partial'));
    await link(dir.path('other'), dir.path('.b.partial'));
    await mkdir(dir.path('.c.partial'));
    for (const name of ['.a.partial', '.b.partial', '.c.partial'])
      expect(await partialFile(dir.path(name))).toBeUndefined();
    expect(await readFile(dir.path('other'), 'utf8')).toBe('other');
    expect((await readdir(dir.path())).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('is recognised by its name, and so is its lock', () => {
    const name = partialPath('/x/blob').slice('/x/'.length);
    expect([name, `${name}.lock`, `${name}.lock.${'0'.repeat(32)}.takeover`].map(isPartialName)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['blob', 'blob.partial', '.partial', '.blob.partial.txt'].map(isPartialName)).toEqual([
      ...[false, false, false, false],
    ]);
  });
});

describe('a lock that is tried', () => {
  it('is taken over from a process that was killed', async () => {
    const program = `
import { tryLock } from 'ROOT/src/internal/lock/lock-file.ts';
await tryLock(process.argv[2]);
console.log('held');
setInterval(() => undefined, 1000);
`;
    const child = startProgram(dir.path(), program, [dir.path('lock')]);
    const ended = outcomeOf(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(await tryLock(dir.path('lock'))).toBeUndefined();
    child.kill('SIGKILL');
    await ended;
    const lock = await tryLock(dir.path('lock'));
    expect(lock).toBeDefined();
    await lock!.release();
    expect(await readdir(dir.path())).not.toContain('lock');
  });
});
