/**
 * Works on items ahead of their turn, `count` at a time, and gives the results in the order of the items.
 *
 * A failure is thrown in its turn. Results that nobody takes any more are given to `drop`.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  count: number,
  work: (item: T) => Promise<R>,
  drop: (result: R) => void,
): AsyncGenerator<R, undefined> {
  const source = items[Symbol.asyncIterator]();
  const started: Started<R>[] = [];
  let ended = false;
  try {
    for (;;) {
      while (!ended && started.length < count) {
        const next = await source.next();
        ended = next.done === true;
        if (next.done !== true) started.push(start(work(next.value)));
      }
      const first = started.shift();
      if (first === undefined) return undefined;
      yield await first.result;
    }
  } finally {
    for (const { result } of started) result.then(drop, () => undefined);
    await source.return?.(undefined);
  }
}

/** In an object, because an array of promises looks as if it had to be awaited. */
interface Started<R> {
  readonly result: Promise<R>;
}

function start<R>(result: Promise<R>): Started<R> {
  // The error waits for its turn.
  result.catch(() => undefined);
  return { result };
}
