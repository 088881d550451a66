/**
 * Processes items ahead of their turn, `count` at a time, and yields the results in the order of the items.
 *
 * A failure is thrown when its item's turn comes. Results that the consumer no longer takes are passed to `drop`.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  count: number,
  work: (item: T) => Promise<R>,
  drop: (result: R) => void,
): AsyncGenerator<R, undefined> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
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

/** A wrapper, because lint takes an array of promises for one that must be awaited. */
interface Started<R> {
  readonly result: Promise<R>;
}

function start<R>(result: Promise<R>): Started<R> {
  // The error is thrown when its turn comes; until then it must not count as unhandled.
  result.catch(() => undefined);
  return { result };
}
