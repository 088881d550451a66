import type { BuildEvent } from '../../build/options/build-options.js';
import type { BlobProgress } from '../../v1/progress.js';
import type { Messages } from '../terminal/output.js';
import { buildStep, describeEvent } from './describe.js';
import { noteText, type Progress, type ShownEvent } from './display.js';
import { formatBytes } from './format-bytes.js';

const REDRAW_MS = 80;
const BAR_WIDTH = 24;
const MAX_BARS = 8;

/** What is running: a transfer, or a step of a build. */
type Running = BlobProgress | BuildEvent;

/** Draws one bar for each running transfer and a line for each running step, below the lines of those that are done. */
export function openBars(messages: Messages): Progress {
  const running = new Map<string, Running>();
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
    onProgress: (event: ShownEvent) => {
      if (event.kind !== 'manifest') {
        const key = keyOf(event);
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

function keyOf(event: Running): string {
  if (event.kind === 'blob') return `${event.target} ${event.digest ?? ''}`;
  return `${event.kind} ${event.platform} ${event.stage} ${event.step}`;
}

/** One line each, no wider than the terminal and no more than it can erase again. */
function barsOf(running: readonly Running[], { columns, rows } = { columns: 80, rows: 24 }): string[] {
  const room = Math.max(1, Math.min(MAX_BARS, rows - 2));
  const bars = running.slice(0, room).map((event) => (event.kind === 'blob' ? bar(event) : buildStep(event)));
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
