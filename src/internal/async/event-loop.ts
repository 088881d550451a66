/** Milliseconds that the loops of this library together may keep timers and sockets waiting. */
const MAX_MS = 5;

/** Steps of loops before a turn, however fast the machine is. */
const MAX_STEPS = 256;

const waiters: (() => void)[] = [];
let steps = 0;
/** When the last turn was: work before the first step after a turn counts too, for one step may be long. */
let lastTurn = performance.now();

/**
 * To be called once for each step of a loop that hostile input can make long: promises that are settled
 * already would let it run to its end while timers and sockets wait. Gives a promise when the event loop is due
 * for a turn, and undefined otherwise, so that most steps cost nothing:
 *
 *     const due = eventLoopDue();
 *     if (due !== undefined) await due;
 *
 * Steps and time are counted for all loops together, because they share one thread. Loops that wait go on one after the
 * other, with a turn between any two of them: otherwise each of them could run one long step in the same turn.
 */
export function eventLoopDue(): Promise<void> | undefined {
  steps += 1;
  if (steps < MAX_STEPS && performance.now() - lastTurn < MAX_MS) return undefined;
  return new Promise((resolve) => {
    waiters.push(resolve);
    if (waiters.length === 1) setImmediate(takeTurn);
  });
}

function takeTurn(): void {
  steps = 0;
  lastTurn = performance.now();
  // Node runs the continuation before the next callback.
  waiters.shift()?.();
  if (waiters.length > 0) setImmediate(takeTurn);
}
