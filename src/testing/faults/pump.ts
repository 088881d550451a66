import type { Writable } from 'node:stream';
import type { HangUp } from '../server/response.js';
import { drained } from '../server/drained.js';
import { pause } from '../server/pause.js';
import { CutSignal, type Link, type Toxic } from './toxic.js';

export interface PumpOptions {
  readonly toxics: readonly Toxic[];
  readonly length: number | undefined;
  /** Aborted when either side has gone away. */
  readonly over: AbortSignal;
  /** Told of every piece that was passed on. */
  readonly onBytes: (count: number) => void;
}

/** Carries bytes through toxics into a sink and ends it; tells if a toxic wants everything cut instead. */
export async function pump(
  source: AsyncIterable<Buffer>,
  sink: Writable,
  { toxics, length, over, onBytes }: PumpOptions,
): Promise<HangUp | undefined> {
  const link: Link = {
    length,
    cut: (by) => {
      throw new CutSignal(by);
    },
    sleep: async (ms) => pause(ms, over),
  };
  let written = Promise.resolve();
  const bytes = toxics.reduce((before, toxic) => toxic(before, link), source);
  try {
    for await (const chunk of bytes) {
      if (sink.destroyed || over.aborted) return undefined;
      if (chunk.length === 0) continue;
      onBytes(chunk.length);
      written = leave(sink, chunk);
      await drained(sink);
    }
  } catch (error) {
    if (!(error instanceof CutSignal)) throw error;
    // What was written must have left: an RST overtakes it.
    await Promise.race([written, closeOf(sink)]);
    return error.by;
  }
  sink.end();
  return undefined;
}

/** Writes; resolves when the bytes have been handed to the system. */
async function leave(sink: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    sink.write(chunk, () => {
      resolve();
    });
  });
}

async function closeOf(sink: Writable): Promise<void> {
  if (sink.destroyed) return;
  await new Promise<void>((resolve) => {
    sink.once('close', resolve);
  });
}
