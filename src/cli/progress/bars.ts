import type { BlobProgress, ProgressEvent } from '../../v1/progress.js';
import type { Messages } from '../terminal/output.js';
import { describeEvent } from './describe.js';
import { noteText, type Progress } from './display.js';

const REDRAW_MS = 80;
const BAR_WIDTH = 24;
const MAX_BARS = 8;

/** Draws one bar for each running transfer, below the lines of the finished transfers. */
export function openBars(messages: Messages): Progress {
  const running = new Map<string, BlobProgress>();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const draw = (above: readonly string[] = []): void => {
    const bars = closed ? [] : barsOf([...running.values()], messages.size());
    void messages.print([...above, ...bars], drawn);
    drawn = bars.length;
  };

  const schedule = (): void => {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      draw();
    }, REDRAW_MS);
    // The timer must not keep the process alive.
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
    note: (kind, text) => {
      draw([noteText(kind, text)]);
    },
    close: async () => {
      clearTimeout(timer);
      closed = true;
      const last = drawn;
      drawn = 0;
      await messages.print([], last);
    },
  };
}

/** One line each, no wider than the terminal and no more than it can erase again. */
function barsOf(running: readonly BlobProgress[], { columns, rows } = { columns: 80, rows: 24 }): string[] {
  const room = Math.max(1, Math.min(MAX_BARS, rows - 2));
  const bars = running.slice(0, room).map(bar);
  const hidden = running.length - bars.length;
  if (hidden > 0) bars.push(`... and ${hidden} more`);
  return bars.map((line) => line.slice(0, Math.max(columns - 1, 1)));
}

function bar({ digest, size, transferred }: BlobProgress): string {
  const name = (digest ?? 'stream').slice(0, 19);
  const done = size === undefined || size === 0 ? 0 : Math.min(transferred / size, 1);
  const filled = Math.round(done * BAR_WIDTH);
  const amount =
    size === undefined ? formatBytes(transferred) : `${formatBytes(transferred)} / ${formatBytes(size)}`;
  return `${name} [${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${amount}`;
}

/** Formats a number of bytes for a person, in decimal units. */
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
