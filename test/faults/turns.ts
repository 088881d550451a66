/** Counts the turns that the event loop has while something runs. */
export interface Turns {
  /** Turns so far. */
  readonly count: number;
  stop(): void;
}

export function countTurns(): Turns {
  let count = 0;
  let running = true;
  const turn = (): void => {
    count += 1;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    get count() {
      return count;
    },
    stop: () => {
      running = false;
    },
  };
}
