import type { Writable } from 'node:stream';
import type { BlobProgress, ProgressEvent } from '../../v1/progress.js';
import { describeEvent } from './describe.js';
import type { Progress } from './display.js';

const REDRAW_MS = 80;
const BAR_WIDTH = 24;
const MAX_BARS = 8;

/** Draws one bar per running transfer below the lines of those that ended. */
export function openBars(stream: Writable & { readonly columns?: number }): Progress {
  const running = new Map<string, BlobProgress>();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const erase = (): string => (drawn === 0 ? '' : `\u001B[${drawn}A\u001B[0J`);

  const draw = (above: readonly string[] = []): void => {
    const bars = [...running.values()].slice(0, MAX_BARS).map((event) => bar(event, stream.columns ?? 80));
    const hidden = running.size - bars.length;
    if (hidden > 0) bars.push(`... and ${hidden} more`);
    const text = [...above, ...bars].map((line) => `${line}\n`).join('');
    stream.write(erase() + text);
    drawn = bars.length;
  };

  const schedule = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      draw();
    }, REDRAW_MS);
    // A display never keeps a process alive.
    timer.unref();
  };

  return {
    onProgress: (event: ProgressEvent) => {
      if (event.kind === 'blob') {
        const key = `${event.target} ${event.digest ?? ''}`;
        if (['started', 'progress', 'resumed'].includes(event.state)) {
          running.set(key, event);
          schedule();
          return;
        }
        running.delete(key);
      }
      const line = describeEvent(event);
      if (line !== undefined) draw([line]);
    },
    note: (text) => {
      draw([text]);
    },
    close: async () => {
      clearTimeout(timer);
      running.clear();
      await new Promise<void>((resolve) =>
        stream.write(erase(), () => {
          resolve();
        }),
      );
      drawn = 0;
    },
  };
}

function bar({ digest, size, transferred }: BlobProgress, columns: number): string {
  const name = (digest ?? 'stream').slice(0, 19);
  const done = size === undefined || size === 0 ? 0 : Math.min(transferred / size, 1);
  const filled = Math.round(done * BAR_WIDTH);
  const amount =
    size === undefined ? formatBytes(transferred) : `${formatBytes(transferred)} / ${formatBytes(size)}`;
  return `${name} [${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${amount}`.slice(0, columns - 1);
}

/** Bytes for a person to read, in decimal units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
