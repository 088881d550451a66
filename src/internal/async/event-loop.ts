/** Milliseconds for which all loops of this library together may block timers and sockets. */
const MAX_MS = 5;

/** Steps of all loops before the event loop gets a turn, however fast the machine is. */
const MAX_STEPS = 256;

const waiters: (() => void)[] = [];
let steps = 0;
/**
 * Time of the last turn. It also counts the work before the first step after a turn, because one step may take
 * long.
 */
let lastTurn = performance.now();

/**
 * Lets the event loop run during a loop that hostile input can make long: with promises that are already settled,
 * such a loop would block timers and sockets until its end. Call it once for each step of the loop. It returns a
 * promise when the event loop is due for a turn, and undefined otherwise, so that most steps cost nothing:
 *
 *     const due = eventLoopDue();
 *     if (due !== undefined) await due;
 *
 * Steps and time are counted for all loops together, because they share one thread. Waiting loops resume one after
 * the other, with a turn between each two: otherwise each of them could run one long step in the same turn.
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
  // Node runs the continuation of this promise before the next callback.
  waiters.shift()?.();
  if (waiters.length > 0) setImmediate(takeTurn);
}
