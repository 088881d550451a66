import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { budget } from '../../src/internal/streams/budget.js';
import { drain } from '../../src/internal/streams/consume.js';
import { eventLoopDue } from '../../src/internal/async/event-loop.js';
import { gunzipped } from '../../src/internal/compress/gunzip.js';
import { memoryAccess } from '../../src/internal/files/random-access.js';
import { createTar, readTar } from '../../src/internal/tar/tar.js';
import { indexTar } from '../../src/internal/tar/entry-index.js';
import { streamBody } from '../../src/internal/tar/sparse/body.js';
import { unzstdPortable } from '../../src/internal/compress/zstd.js';
import { rawEntry, TRAILER } from '../support/archives/raw-tar.js';
import { version0 } from '../support/archives/sparse-tar.js';
import { countTurns } from './turns.js';
import { zstdOf } from '../support/archives/zstd-of.js';

/** Steps of a loop between two turns of the event loop. The number leaves room for steps outside the loop. */
const STEPS = 300;

/** Turns that the event loop has while `work` runs on data that is all there, so that nothing else gives it one. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  const turns = countTurns();
  try {
    await work();
    return turns.count;
  } finally {
    turns.stop();
  }
}

const complete = (bytes: Buffer): Readable => Readable.from([bytes], { objectMode: false });
const entries = (count: number, more: object = {}): Buffer =>
  Buffer.concat([
    ...Array.from({ length: count }, (_, at) => rawEntry({ name: `f${at}`, ...more })),
    TRAILER,
  ]);
const COUNT = 6000;
const least = Math.floor(COUNT / STEPS);

describe('the event loop has a turn every few hundred steps of a loop', () => {
  it('S3: over a tar with many empty entries, while a consumer reads them', async () => {
    const turns = countTurns();
    let most = 0;
    let before = 0;
    let run = 0;
    for await (const _entry of readTar(complete(entries(COUNT)))) {
      run = turns.count === before ? run + 1 : 0;
      before = turns.count;
      most = Math.max(most, run);
    }
    turns.stop();
    expect(before).toBeGreaterThanOrEqual(least);
    expect(most).toBeLessThan(2 * STEPS);
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    ['empty gzip members', async () => drain(gunzipped(complete(membersOf('')), budget()))],
    ['gzip members of one byte', async () => drain(gunzipped(complete(membersOf('x')), budget()))],
    ['zeros behind gzip', async () => drain(gunzipped(chunks(gzipSync('x')), budget()))],
    ['skippable zstd frames', async () => drain(unzstdPortable(complete(skippable()), budget()))],
    ['small zstd frames', async () => drain(unzstdPortable(complete(frames()), budget()))],
    ['extended headers', async () => readEntriesOf(complete(entries(COUNT, { typeflag: 'g' })))],
    ['entries of an archive', async () => indexTar(memoryAccess(entries(COUNT)))],
    ['chunks behind an archive', async () => readEntriesOf(chunks(Buffer.concat([entries(1)])))],
    ['entries that are written', async () => writeEntries()],
    ['chunks that are skipped', async () => readEntriesOf(chunks(Buffer.concat([bigEntry()])))],
  ])('S3: over %s', async (_name, work) => {
    expect(await turnsOf(work)).toBeGreaterThanOrEqual(least);
  });

  it('S3: over holes of a sparse file, read in pieces and as a stream', async () => {
    const size = COUNT * 256 * 1024;
    const tar = Buffer.concat([version0({ size: `${size}`, numblocks: '0', map: '' }, ''), TRAILER]);
    const pieces = await turnsOf(async () => {
      for await (const entry of readTar(complete(tar), { maxRatio: Infinity })) {
        await entry.pieces(() => undefined);
      }
    });
    expect(pieces).toBeGreaterThanOrEqual(least);
    const [entry] = await indexTar(memoryAccess(tar), { maxRatio: Infinity });
    const streamed = await turnsOf(async () => drain(streamBody(memoryAccess(tar), entry!)));
    expect(streamed).toBeGreaterThanOrEqual(least);
  });
});

describe('a turn of the event loop', () => {
  it('S13: runs only one of several loops, so that their long steps do not add up', async () => {
    const turns = countTurns();
    const loop = async (): Promise<number> => {
      let due = eventLoopDue();
      while (due === undefined) due = eventLoopDue();
      await due;
      return turns.count;
    };
    const resumed = await Promise.all(Array.from({ length: 8 }, loop));
    turns.stop();
    expect(new Set(resumed).size).toBe(8);
  });

  it('S13: ends at the first step after a long one', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    try {
      let due = eventLoopDue();
      while (due === undefined) due = eventLoopDue();
      await due;
      now.mockReturnValue(50);
      const first = eventLoopDue();
      expect(first).toBeInstanceOf(Promise);
      await first;
      expect(eventLoopDue()).toBeUndefined();
    } finally {
      now.mockRestore();
      await setImmediate();
    }
  });
});

async function writeEntries(): Promise<void> {
  const tar = createTar();
  const reading = drain(tar.stream);
  for (let at = 0; at < COUNT; at += 1) await tar.add({ name: `f${at}` });
  await tar.finish();
  await reading;
}

function membersOf(text: string): Buffer {
  return Buffer.concat([gzipSync('first'), ...Array<Buffer>(COUNT).fill(gzipSync(text))]);
}

function skippable(): Buffer {
  const frame = Buffer.alloc(8);
  frame.writeUInt32LE(0x184d2a50);
  return Buffer.concat(Array<Buffer>(COUNT).fill(frame));
}

function frames(): Buffer {
  return Buffer.concat(Array<Buffer>(COUNT).fill(zstdOf(Buffer.from('x'))));
}

function bigEntry(): Buffer {
  return rawEntry({ name: 'big', size: COUNT * 1024 }).subarray(0, 512);
}

/** Chunks that are all there, behind `head`. */
function chunks(head: Buffer): Readable {
  return Readable.from([head, ...Array<Buffer>(COUNT + 10).fill(Buffer.alloc(1024))], { objectMode: false });
}

async function readEntriesOf(source: Readable): Promise<void> {
  for await (const _entry of readTar(source)) continue;
}
