import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FileSystemError } from '../../../../src/errors/file-system.js';
import { Journal } from '../../../../src/registry/store/disk/journal.js';
import { useTempDir } from '../../../support/tools/temp-dir.js';

const temp = useTempDir();
let path: string;
beforeEach(() => {
  path = temp.path('changes.jsonl');
});

/** A counter whose changes are kept in a journal. */
async function openCounter() {
  const counter = { value: 0, lines: 0 };
  const journal = await Journal.open(
    path,
    { durable: true },
    (change) => {
      counter.value += (change as { add: number }).add;
      counter.lines += 1;
    },
    () => [{ add: counter.value }],
  );
  const add = async (amount: number): Promise<void> =>
    journal.append({ add: amount }, () => {
      counter.value += amount;
    });
  return { counter, add };
}

describe('Journal', () => {
  it('replays changes in the order of the calls, also if they were appended concurrently', async () => {
    const { add, counter } = await openCounter();
    await Promise.all([1, 2, 3].map(add));
    await add(4);
    expect(counter.value).toBe(10);
    expect((await openCounter()).counter).toEqual({ value: 10, lines: 4 });
    expect(await readFile(path, 'utf8')).toBe('{"add":1}\n{"add":2}\n{"add":3}\n{"add":4}\n');
  });

  it.each(['{"add":', '\0\0\0\0', '{"add":5}', 'x'])(
    'drops the incomplete line %j that a crash left, and appends after it',
    async (torn) => {
      const { add } = await openCounter();
      await add(1);
      await appendFile(path, torn);
      const again = await openCounter();
      expect(again.counter.value).toBe(1);
      await again.add(2);
      expect((await openCounter()).counter.value).toBe(3);
    },
  );

  it('skips a damaged line', async () => {
    await writeFile(path, '{"add":1}\n{"ad\0\0":2}x\n{"add":4}\n');
    expect((await openCounter()).counter.value).toBe(5);
  });

  it('is replaced by the current state if most changes are outdated', async () => {
    await writeFile(path, '{"add":1}\n'.repeat(5000));
    expect((await openCounter()).counter.value).toBe(5000);
    expect(await readFile(path, 'utf8')).toBe('{"add":5000}\n');
    const { add } = await openCounter();
    await add(1);
    expect((await openCounter()).counter).toEqual({ value: 5001, lines: 2 });
  });

  it('does not apply a change that it could not write', async () => {
    await expect(
      Journal.open(
        temp.path('no/folder'),
        { durable: true },
        () => undefined,
        () => [],
      ),
    ).rejects.toThrow(FileSystemError);
  });
});
