import { formatBytes } from './format-bytes.js';
import type { ProgressSnapshot } from './meter.js';

/** Options of {@link line}. */
export interface LineOptions {
  /** Width of the terminal. The line is at least one column shorter, so that it never wraps. @default 80 */
  readonly columns?: number | undefined;
}

const MIN_BAR = 8;
const MAX_BAR = 30;

/**
 * One line of text for a snapshot: a bar, percent, bytes, rate and the time left. What does not fit is left out: the bar
 * first, then the rate. The line has no control characters. Decimal units are used: 1 MB is 1 000 000 bytes.
 */
export function line(snapshot: ProgressSnapshot, { columns = 80 }: LineOptions = {}): string {
  const room = Math.max(columns - 1, 1);
  const { done, total, isTotalFinal, rate, eta } = snapshot;
  const percent = isTotalFinal ? percentOf(done, total) : undefined;
  const amount = `${formatBytes(done)} / ${formatBytes(total)}${isTotalFinal ? '' : '+'}`;
  const speed = rate === undefined ? undefined : `${formatBytes(rate)}/s`;
  const left = eta === undefined || done === total ? undefined : `${formatSeconds(eta)} left`;
  const choices = [
    [percent, amount, speed, left],
    [percent, amount, left],
    percent === undefined ? [formatBytes(done)] : [percent, left],
    [percent],
  ].map((parts) => parts.filter((part) => part !== undefined).join('  '));
  const text = choices.find(({ length }) => length <= room) ?? '';
  const width = Math.min(room - text.length - 4, MAX_BAR);
  return percent === undefined || width < MIN_BAR ? text : `${bar(done / total, width)}  ${text}`;
}

/** A bar of `width` characters, in brackets. A part that is not a number from 0 to 1 counts as the nearest one. */
export function bar(part: number, width: number): string {
  const filled = Math.round(Math.min(Math.max(Number.isNaN(part) ? 1 : part, 0), 1) * width);
  return `[${'='.repeat(filled)}${' '.repeat(width - filled)}]`;
}

/** 100 % is shown only when everything is done. */
function percentOf(done: number, total: number): string {
  const percent = done >= total ? 100 : Math.min(Math.floor((done / total) * 100), 99);
  return `${String(percent).padStart(3)} %`;
}

/** Formats a time for a person: `8 s`, `3 min 20 s`, `2 h 5 min`. */
function formatSeconds(seconds: number): string {
  const all = Math.max(Math.ceil(seconds), 0);
  if (all < 60) return `${all} s`;
  if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
  if (all < 360_000) return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
  return 'more than 100 h';
}
