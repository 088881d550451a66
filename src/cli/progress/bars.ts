import type { BuildEvent } from '../../build/options/build-options.js';
import { formatBytes } from '../../progress/format-bytes.js';
import { bar, line } from '../../progress/line.js';
import { meter, type ProgressSnapshot } from '../../progress/meter.js';
import type { BlobProgress } from '../../v1/progress.js';
import type { Messages } from '../terminal/output.js';
import { buildStep, describeEvent } from './describe.js';
import { noteText, type Progress, type ShownEvent } from './display.js';

const REDRAW_MS = 80;
const BAR_WIDTH = 24;
const MAX_BARS = 8;

/** What is running: a transfer, or a step of a build. */
type Running = BlobProgress | BuildEvent;

/**
 * Draws one bar for each running transfer and a line for each running step, below the lines of those that are done. The last
 * line adds up all transfers.
 *
 * @param now - the clock by which the rate is measured.
 */
export function openBars(messages: Messages, now?: () => number): Progress {
  const running = new Map<string, Running>();
  const sums = meter({ now });
  let drawn: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let hasErased = false;

  const draw = (above: readonly string[] = []): void => {
    const bars = closed ? [] : barsOf([...running.values()], sums.snapshot(), messages.size());
    void messages.print([...above, ...bars], drawn);
    drawn = bars;
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
    showsReads: true,
    onProgress: (event: ShownEvent) => {
      if (!('stage' in event)) sums.onProgress(event);
      if (event.kind === 'plan') return;
      if (event.kind !== 'manifest') {
        const key = keyOf(event);
        if (['started', 'progress', 'resumed'].includes(event.state)) {
          running.set(key, event);
          schedule();
          return;
        }
        running.delete(key);
      }
      const text = describeEvent(event);
      if (text === undefined) schedule();
      else draw([text]);
    },
    note: (kind, text) => {
      draw([noteText(kind, text)]);
    },
    close: async () => {
      clearTimeout(timer);
      closed = true;
      const last = drawn;
      drawn = [];
      hasErased ||= last.length > 0;
      await messages.print([], last);
      return hasErased;
    },
  };
}

function keyOf(event: Running): string {
  if (event.kind !== 'blob') return `${event.kind} ${event.platform} ${event.stage} ${event.step}`;
  const { sink, target, digest, stream } = event;
  return `${sink} ${target} ${stream ?? digest ?? ''}`;
}

/** One line each, no wider than the terminal and no more than it can erase again. */
function barsOf(
  running: readonly Running[],
  sums: ProgressSnapshot,
  { columns, rows } = { columns: 80, rows: 24 },
): string[] {
  const transfers = running.some(({ kind }) => kind === 'blob');
  const room = Math.max(1, Math.min(MAX_BARS, rows - 3));
  const lines = running
    .slice(0, room)
    .map((event) => (event.kind === 'blob' ? blobBar(event, columns) : buildStep(event)));
  const hidden = running.length - lines.length;
  if (hidden > 0) lines.push(`... and ${hidden} more`);
  if (transfers) lines.push(line(sums, { columns }));
  return lines.map((text) => text.slice(0, Math.max(columns - 1, 1)));
}

/** Name, bar and bytes. On a narrow terminal, the bar is shorter or left out. */
function blobBar({ digest, size, transferred }: BlobProgress, columns: number): string {
  const name = (digest ?? 'stream').slice(0, 19);
  const amount =
    size === undefined ? formatBytes(transferred) : `${formatBytes(transferred)} / ${formatBytes(size)}`;
  const width = Math.min(columns - 1 - name.length - amount.length - 4, BAR_WIDTH);
  if (size === undefined || width < 4) return `${name} ${amount}`;
  return `${name} ${bar(size === 0 ? 0 : transferred / size, width)} ${amount}`;
}
