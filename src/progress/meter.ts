import type { Hash } from '../v1/hash.js';
import type {
  BlobProgress,
  OnProgress,
  PlanProgress,
  ProgressEvent,
  ReportedBlob,
  SinkKind,
} from '../v1/progress.js';
import { rateWindow } from './rate.js';

/** How far the transfer of one blob is. */
export interface BlobStatus extends ReportedBlob {
  /** Kind of the destination. */
  readonly sink: SinkKind;
  /** The destination: a repository, or a path. */
  readonly target: string;
  /** State after the last event; `expected` before the first one. */
  readonly state: PlanProgress['state'] | BlobProgress['state'];
  /** Bytes of the blob that the destination has, as far as it was transferred now. */
  readonly transferred: number;
}

/** How far all transfers are, at one moment. */
export interface ProgressSnapshot {
  /**
   * Bytes that the destination has. A blob that existed or was mounted counts with all of its bytes. The number goes back
   * if a transfer starts over or fails.
   */
  readonly done: number;
  /** Bytes of all blobs that are known so far, also those that need no transfer. Never less than `done`. */
  readonly total: number;
  /** Whether `total` is complete: no child of an index and no one-shot stream is left whose size is not known. */
  readonly isTotalFinal: boolean;
  /** Bytes per second during the last seconds, over the network or the disk; undefined at the start. */
  readonly rate: number | undefined;
  /** Seconds that are left at this rate; undefined if the rate or the total is not known, or nothing arrives. */
  readonly eta: number | undefined;
  /** Every blob, in the order in which the events named it. */
  readonly perBlob: readonly BlobStatus[];
}

/** Options of {@link meter}. */
export interface MeterOptions {
  /** Receives a snapshot when something has changed, and one when everything that is known is done. */
  readonly onUpdate?: ((snapshot: ProgressSnapshot) => void) | undefined;
  /** Time between two calls of `onUpdate`, in milliseconds. @default 100 */
  readonly interval?: number | undefined;
  /** Time over which the rate is measured, in milliseconds. @default 5000 */
  readonly window?: number | undefined;
  /** The clock, in milliseconds. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** Adds up the events of transfers. */
export interface Meter {
  /** Pass it as the option `onProgress`, also to several operations. It needs no `this`. */
  readonly onProgress: OnProgress;
  /** How far the transfers are now. Unlike `onUpdate`, it also shows that nothing arrives any more. */
  readonly snapshot: () => ProgressSnapshot;
}

/**
 * Makes a meter for one or several transfers. It has no timer: `onUpdate` is called during an event, so it stops when the
 * events stop, and there is nothing to close. A program that draws regularly calls `snapshot` instead.
 *
 * If `onUpdate` throws, the operation fails with that error.
 *
 * @throws TypeError if `interval` or `window` is not a number of milliseconds.
 */
export function meter(options: MeterOptions = {}): Meter {
  const { onUpdate, interval = 100, window = 5000, now = performance.now.bind(performance) } = options;
  if (!(interval >= 0)) throw new TypeError(`interval must be 0 or more milliseconds, not ${interval}`);
  if (!(window > 0)) throw new TypeError(`window must be more than 0 milliseconds, not ${window}`);
  const counter = new Counter(window);
  let next = -Infinity;
  return {
    onProgress: (event) => {
      const time = now();
      counter.add(event, time);
      if (onUpdate === undefined || (time < next && !counter.isComplete)) return;
      next = time + interval;
      onUpdate(counter.snapshot(time));
    },
    snapshot: () => counter.snapshot(now()),
  };
}

class Counter {
  readonly #blobs = new Map<string, BlobStatus>();
  /** Children of indexes that have neither a plan nor a manifest yet. */
  readonly #pending = new Set<Hash>();
  /** Manifests that had a plan or are at the destination. */
  readonly #known = new Set<Hash>();
  /** By destination: the planned one-shot streams that are not started. */
  readonly #streams = new Map<string, number>();
  readonly #window: ReturnType<typeof rateWindow>;
  #done = 0;
  #total = 0;
  /** Blobs that are not done and whose size is not known. */
  #unsized = 0;
  #hasEvents = false;

  constructor(windowMs: number) {
    this.#window = rateWindow(windowMs);
  }

  get isComplete(): boolean {
    return this.#isTotalFinal && this.#done === this.#total;
  }

  get #isTotalFinal(): boolean {
    return this.#hasEvents && this.#pending.size === 0 && this.#unsized === 0 && this.#streams.size === 0;
  }

  add(event: ProgressEvent, now: number): void {
    this.#hasEvents = true;
    if (event.kind === 'plan') this.#plan(event);
    else if (event.kind === 'manifest') this.#resolve(event.digest);
    else this.#blob(event, now);
  }

  snapshot(now: number): ProgressSnapshot {
    const [done, total, isTotalFinal] = [this.#done, this.#total, this.#isTotalFinal];
    const rate = this.#window.rate(now);
    const left = total - done;
    const eta = left === 0 ? 0 : rate === undefined || rate === 0 ? undefined : left / rate;
    return {
      done,
      total,
      isTotalFinal,
      rate,
      eta: isTotalFinal ? eta : undefined,
      perBlob: [...this.#blobs.values()],
    };
  }

  #plan({ digest, blobs, manifests, sink, target }: PlanProgress): void {
    if (digest !== undefined) this.#resolve(digest);
    for (const child of manifests) if (!this.#known.has(child)) this.#pending.add(child);
    for (const { digest, size } of blobs) {
      const destination = `${sink} ${target}`;
      if (digest === undefined) this.#streams.set(destination, (this.#streams.get(destination) ?? 0) + 1);
      else if (!this.#blobs.has(`${destination} ${digest}`)) {
        this.#set(`${destination} ${digest}`, {
          sink,
          target,
          digest,
          size,
          state: 'expected',
          transferred: 0,
        });
      }
    }
  }

  #resolve(manifest: Hash): void {
    this.#known.add(manifest);
    this.#pending.delete(manifest);
  }

  #blob(event: BlobProgress, now: number): void {
    const { sink, target, stream, state, transferred } = event;
    const destination = `${sink} ${target}`;
    const key = `${destination} ${stream === undefined ? event.digest : `stream ${stream}`}`;
    const before = this.#blobs.get(key);
    if (stream !== undefined && before === undefined) this.#startStream(destination);
    const digest = event.digest ?? before?.digest;
    const size = event.size ?? before?.size;
    // What an earlier process transferred did not arrive now.
    const isTransfer = state === 'progress' || state === 'done';
    const arrived = isTransfer ? Math.max(transferred - (before?.transferred ?? 0), 0) : 0;
    if (isTransfer || state === 'started') this.#window.add(arrived, now);
    this.#set(key, { sink, target, digest, size, state, transferred });
  }

  #startStream(destination: string): void {
    const left = (this.#streams.get(destination) ?? 0) - 1;
    if (left > 0) this.#streams.set(destination, left);
    else this.#streams.delete(destination);
  }

  #set(key: string, status: BlobStatus): void {
    const before = this.#blobs.get(key);
    if (before !== undefined) this.#count(before, -1);
    this.#count(status, 1);
    this.#blobs.set(key, status);
  }

  #count(status: BlobStatus, sign: 1 | -1): void {
    const done = doneOf(status);
    this.#done += sign * done;
    this.#total += sign * Math.max(totalOf(status), done);
    if (status.size === undefined && !hasEnded(status)) this.#unsized += sign;
  }
}

function hasEnded({ state }: BlobStatus): boolean {
  return ['done', 'failed', 'existing', 'mounted', 'skipped'].includes(state);
}

function doneOf({ state, size = 0, transferred }: BlobStatus): number {
  if (state === 'existing' || state === 'mounted') return size;
  return state === 'failed' || state === 'skipped' || state === 'expected' ? 0 : transferred;
}

function totalOf({ state, size = 0 }: BlobStatus): number {
  return state === 'skipped' ? 0 : size;
}
