import type { Writable } from 'node:stream';
import type { HangUp } from '../server/response.js';
import { drained } from '../server/drained.js';
import { pause } from '../server/pause.js';
import { CutSignal, type Link, type Toxic } from './toxic.js';

/** What {@link pump} does to the bytes, and when it stops. */
export interface PumpOptions {
  /** The toxics, in the order in which the bytes pass through them. */
  readonly toxics: readonly Toxic[];
  /** The announced number of bytes. */
  readonly length: number | undefined;
  /** Aborts when either side has closed its connection. */
  readonly ended: AbortSignal;
  /** Called with the size of each chunk that is written. */
  readonly onBytes: (count: number) => void;
}

/** Pumps bytes through toxics into a sink, and ends the sink. If a toxic cuts the connection, the result says how. */
export async function pump(
  source: AsyncIterable<Buffer>,
  sink: Writable,
  { toxics, length, ended, onBytes }: PumpOptions,
): Promise<HangUp | undefined> {
  const link: Link = {
    length,
    cut: (by) => {
      throw new CutSignal(by);
    },
    sleep: async (ms) => pause(ms, ended),
  };
  let written = Promise.resolve();
  const bytes = toxics.reduce((before, toxic) => toxic(before, link), source);
  try {
    for await (const chunk of bytes) {
      if (sink.destroyed || ended.aborted) return undefined;
      if (chunk.length === 0) continue;
      onBytes(chunk.length);
      written = writeChunk(sink, chunk);
      await drained(sink);
    }
  } catch (error) {
    if (!(error instanceof CutSignal)) throw error;
    // Wait for the last write first: a reset discards data that is still waiting to be sent.
    await Promise.race([written, untilClosed(sink)]);
    return error.by;
  }
  sink.end();
  return undefined;
}

/** Writes a chunk. Resolves when the bytes have been handed to the system. */
async function writeChunk(sink: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    sink.write(chunk, () => {
      resolve();
    });
  });
}

async function untilClosed(sink: Writable): Promise<void> {
  if (sink.destroyed) return;
  await new Promise<void>((resolve) => {
    sink.once('close', resolve);
  });
}
