import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { spoolKeeper } from '../../../src/internal/files/kept-spools.js';
import { type Spool, spool } from '../../../src/internal/files/spool.js';
import { eventually, openDescriptors } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';

const limits = { files: 2, bytes: 1000 };

async function onDisk(text: string): Promise<Spool> {
  return spool(Readable.from([Buffer.from(text)], { objectMode: false }), { memoryBytes: 0 });
}

describe('spoolKeeper', () => {
  it('K13: keeps the most recently used spools, within its limits', async () => {
    const keeper = spoolKeeper(limits);
    const before = openDescriptors();
    const [first, second] = [keeper.keep(await onDisk('first')), keeper.keep(await onDisk('second'))];
    expect((await readAll(first.open()!)).toString()).toBe('first');
    const third = keeper.keep(await onDisk('third'));
    expect(second.open()).toBeUndefined();
    expect((await readAll(first.open()!)).toString()).toBe('first');
    const large = keeper.keep(await onDisk('x'.repeat(2000)));
    expect([first.open(), third.open()]).toEqual([undefined, undefined]);
    expect(await readAll(large.open()!)).toHaveLength(2000);
    expect(await eventually(() => openDescriptors() <= before + 1)).toBe(true);
  });

  it('K13: keeps all spools during a write', async () => {
    const keeper = spoolKeeper(limits);
    const releases = [keeper.hold(), keeper.hold()];
    const kept = await Promise.all(['1', '2', '3', '4'].map(async (text) => keeper.keep(await onDisk(text))));
    releases[0]?.();
    releases[0]?.();
    for (const [at, one] of kept.entries())
      expect((await readAll(one.open()!)).toString()).toBe(String(at + 1));
    const reading = kept[0]?.open();
    for (const one of kept) one.open()?.destroy();
    releases[1]?.();
    expect(kept.map((one) => one.open() !== undefined)).toEqual([false, false, true, true]);
    // A stream that is open is read to its end.
    expect((await readAll(reading!)).toString()).toBe('1');
  });

  it('K13: does not close spools in memory', async () => {
    const keeper = spoolKeeper({ files: 0, bytes: 0 });
    const small = await spool(Readable.from([Buffer.from('small')], { objectMode: false }));
    const kept = [keeper.keep(small), keeper.keep(small)];
    for (const one of kept) expect((await readAll(one.open()!)).toString()).toBe('small');
  });
});
