import { type AbortOptions, onAbort } from '../../internal/async/abort.js';
import type { Clock } from '../../internal/async/clock.js';
import { GatePass } from './gate-pass.js';
import { rateWindow, type RateWindow } from './rate-window.js';

/** How many requests one registry gets. */
export interface RequestLimits {
  /** Requests that may begin within a second, from 0.001; 0.5 is one request in two seconds. @default no limit */
  readonly requestsPerSecond?: number | undefined;
  /**
   * Requests that may be in progress at a time. A request is in progress until the last byte of its response was read.
   * A response body that nothing reads for a second while other requests wait does not count.
   *
   * @default no limit
   */
  readonly maxConcurrentRequests?: number | undefined;
}

interface Waiter {
  readonly clock: Clock;
  readonly admit: (pass: GatePass) => void;
}

/** How long a response body may stay unread while other requests wait. */
const PATIENCE_MS = 1000;

/** Holds back the requests to one registry. They pass in the order in which they came. */
export class Gate {
  readonly #maxConcurrent: number;
  readonly #rate: RateWindow | undefined;
  readonly #patienceMs: number;
  readonly #queue = new Set<Waiter>();
  readonly #inProgress = new Set<GatePass>();
  /** Set while the gate sleeps because the next request would exceed the rate. */
  #sleep: AbortController | undefined;
  #unreadCheck: NodeJS.Timeout | undefined;

  constructor(
    { requestsPerSecond, maxConcurrentRequests = Infinity }: RequestLimits,
    patienceMs: number = PATIENCE_MS,
  ) {
    this.#maxConcurrent = maxConcurrentRequests;
    this.#rate = requestsPerSecond === undefined ? undefined : rateWindow(requestsPerSecond);
    this.#patienceMs = patienceMs;
  }

  /** Waits until a request may begin. The caller must give the pass back. */
  async enter(clock: Clock, { signal }: AbortOptions): Promise<GatePass> {
    signal?.throwIfAborted();
    return new Promise<GatePass>((resolve, reject) => {
      let unbind = (): void => undefined;
      const waiter: Waiter = {
        clock,
        admit: (pass) => {
          unbind();
          resolve(pass);
        },
      };
      this.#queue.add(waiter);
      if (signal !== undefined) {
        unbind = onAbort(signal, () => {
          this.#queue.delete(waiter);
          reject(signal.reason as Error);
          // Without a waiting request no timer may keep the process alive.
          if (this.#queue.size === 0) this.#sleep?.abort();
          this.#watchUnread();
        });
      }
      this.#admit();
    });
  }

  /** Lets in every request that may begin now. Sleeps if it is too early for the first one. */
  #admit(): void {
    for (const waiter of this.#queue) {
      if (this.#inProgress.size >= this.#maxConcurrent || this.#sleep !== undefined) break;
      const delayMs = this.#rate?.delay(waiter.clock.now()) ?? 0;
      if (delayMs > 0) {
        this.#sleepFor(waiter.clock, delayMs);
        break;
      }
      this.#rate?.begin(waiter.clock.now());
      this.#queue.delete(waiter);
      waiter.admit(this.#newPass());
    }
    this.#watchUnread();
  }

  #newPass(): GatePass {
    const pass = new GatePass((left) => {
      if (this.#inProgress.delete(left)) this.#admit();
    });
    this.#inProgress.add(pass);
    return pass;
  }

  #sleepFor(clock: Clock, ms: number): void {
    const controller = new AbortController();
    this.#sleep = controller;
    const wake = (): void => {
      this.#sleep = undefined;
      this.#admit();
    };
    clock.sleep(ms, { signal: controller.signal }).then(wake, wake);
  }

  /** Starts or stops the check for unread bodies. A stream that nothing reads must never block another request. */
  #watchUnread(): void {
    const isFull = this.#queue.size > 0 && this.#inProgress.size >= this.#maxConcurrent;
    if (!isFull) {
      clearInterval(this.#unreadCheck);
      this.#unreadCheck = undefined;
      return;
    }
    this.#unreadCheck ??= setInterval(() => {
      for (const pass of [...this.#inProgress]) if (pass.isAbandoned()) this.#inProgress.delete(pass);
      this.#admit();
    }, this.#patienceMs);
  }
}
