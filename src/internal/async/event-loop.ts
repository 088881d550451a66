import { setImmediate } from 'node:timers/promises';

/** Milliseconds that the loops of this library together may keep timers and sockets waiting. */
const MAX_MS = 5;

/** Steps of loops before a turn, however fast the machine is. */
const MAX_STEPS = 256;

let turn: Promise<void> | undefined;
let steps = 0;
let since = 0;

/**
 * To be called once for each step of a loop that hostile input can make long: promises that are settled
 * already would let it run to its end while timers and sockets wait. Gives a promise when the event loop is due
 * for a turn, and undefined otherwise, so that most steps cost nothing:
 *
 *     const due = eventLoopDue();
 *     if (due !== undefined) await due;
 *
 * Steps and time are counted for all loops together, because they share one thread.
 */
export function eventLoopDue(): Promise<void> | undefined {
  if (turn !== undefined) return turn;
  if (steps === 0) since = performance.now();
  steps += 1;
  if (steps < MAX_STEPS && performance.now() - since < MAX_MS) return undefined;
  turn = setImmediate().then(() => {
    turn = undefined;
    steps = 0;
  });
  return turn;
}
