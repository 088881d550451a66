import { describe, expect, it } from '@jest/globals';
import { lazy } from '../../../src/internal/async/lazy.js';

describe('lazy', () => {
  it('computes once for any number of callers', async () => {
    let runs = 0;
    const value = lazy(async () => (runs += 1));
    expect(await Promise.all([value(), value(), value()])).toEqual([1, 1, 1]);
    expect(await value()).toBe(1);
  });

  it('forgets a failure, so that the next caller starts a new run', async () => {
    let runs = 0;
    const value = lazy(async () => {
      runs += 1;
      if (runs === 1) throw new Error('first');
      return runs;
    });
    await expect(value()).rejects.toThrow('first');
    expect(await value()).toBe(2);
  });

  it('ends only the wait of the caller whose signal aborts', async () => {
    const { promise, resolve } = withResolvers<string>();
    let computation: AbortSignal | undefined;
    const value = lazy(async ({ signal }) => {
      computation = signal;
      return promise;
    });
    const controller = new AbortController();
    const impatient = value({ signal: controller.signal });
    const patient = value();
    controller.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    expect(computation?.aborted).toBe(false);
    resolve('done');
    expect(await patient).toBe('done');
  });

  it('aborts the computation when the last caller leaves, and starts a new one for the next caller', async () => {
    const signals: AbortSignal[] = [];
    const value = lazy(async ({ signal }) => {
      signals.push(signal);
      if (signals.length === 2) return 'second';
      return new Promise<string>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    });
    const controller = new AbortController();
    const first = value({ signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(signals[0]?.aborted).toBe(true);
    expect(await value()).toBe('second');
  });

  it('does not start if the signal is already aborted', async () => {
    let runs = 0;
    const value = lazy(async () => (runs += 1));
    await expect(value({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    expect(runs).toBe(0);
  });
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
