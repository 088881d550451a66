import type { Readable } from 'node:stream';
import { type AbortOptions, onAbort } from '../../internal/async/abort.js';
import type { Clock } from '../../internal/async/clock.js';
import { newGatePass, type GatePass } from './gate-pass.js';
import { rateWindow } from './rate-window.js';

/** How hard a registry may be asked. */
export interface RequestLimits {
  /** Requests that may begin within a second. @default any number */
  readonly requestsPerSecond?: number | undefined;
  /**
   * Requests that may be under way at a time, until the last byte of their answers. A body that nobody reads for a
   * second while others wait does not count.
   *
   * @default any number
   */
  readonly maxConcurrentRequests?: number | undefined;
}

/** Lets requests to one registry through, in the order in which they came. */
export interface Gate {
  enter(clock: Clock, options: AbortOptions): Promise<Pass>;
}

/** A place among the requests under way. */
export interface Pass {
  /** Gives it back; once is enough. */
  leave(): void;
  /** Gives it back when this has been read. */
  leaveAfter(body: Readable): void;
}

interface Waiter {
  readonly clock: Clock;
  readonly pass: (pass: Pass) => void;
}

/** How long a body may lie unread while others wait for its place. */
const PATIENCE_MS = 1000;

export function newGate(limits: RequestLimits, patienceMs = PATIENCE_MS): Gate {
  const { requestsPerSecond, maxConcurrentRequests = Infinity } = limits;
  const rate = requestsPerSecond === undefined ? undefined : rateWindow(requestsPerSecond);
  const queue = new Set<Waiter>();
  const places = new Set<GatePass>();
  let napping: AbortController | undefined;
  let patrol: NodeJS.Timeout | undefined;

  /** Lets in who may go now; waits if it is too early for the first. */
  const admit = (): void => {
    for (const waiter of queue) {
      if (places.size >= maxConcurrentRequests || napping !== undefined) break;
      const delayMs = rate?.delay(waiter.clock.now()) ?? 0;
      if (delayMs > 0) {
        nap(waiter.clock, delayMs);
        break;
      }
      rate?.begin(waiter.clock.now());
      queue.delete(waiter);
      waiter.pass(occupy());
    }
    watchUnread();
  };

  const occupy = (): Pass => {
    const place = newGatePass();
    places.add(place);
    const leave = (): void => {
      if (places.delete(place)) admit();
    };
    return {
      leave,
      leaveAfter: (body) => {
        place.occupy(body, leave);
      },
    };
  };

  const nap = (clock: Clock, ms: number): void => {
    const controller = new AbortController();
    napping = controller;
    const wake = (): void => {
      napping = undefined;
      admit();
    };
    clock.sleep(ms, { signal: controller.signal }).then(wake, wake);
  };

  /** An unread stream must never block another operation. */
  const watchUnread = (): void => {
    const crowded = queue.size > 0 && places.size >= maxConcurrentRequests;
    if (!crowded) {
      clearInterval(patrol);
      patrol = undefined;
      return;
    }
    patrol ??= setInterval(() => {
      for (const place of [...places]) if (place.isAbandoned()) places.delete(place);
      admit();
    }, patienceMs);
  };

  return {
    enter: async (clock, { signal }) => {
      signal?.throwIfAborted();
      return new Promise<Pass>((resolve, reject) => {
        let unbind = (): void => undefined;
        const waiter: Waiter = {
          clock,
          pass: (pass) => {
            unbind();
            resolve(pass);
          },
        };
        queue.add(waiter);
        if (signal !== undefined) {
          unbind = onAbort(signal, () => {
            queue.delete(waiter);
            reject(signal.reason as Error);
            // Nobody is left to be woken, so no timer may keep the process alive.
            if (queue.size === 0) napping?.abort();
            watchUnread();
          });
        }
        admit();
      });
    },
  };
}
