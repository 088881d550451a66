import { describe, expect, it, jest } from '@jest/globals';
import { onAbort, orAborted } from '../../../src/internal/async/abort.js';

describe('orAborted', () => {
  it('settles like the promise', async () => {
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it("rejects at once with the signal's reason, and a later rejection of the promise is not unhandled", async () => {
    const controller = new AbortController();
    let fail!: (error: Error) => void;
    const late = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = orAborted(late, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    fail(new Error('late'));
    await new Promise(setImmediate);
  });
});

describe('onAbort', () => {
  it('lets one signal have many listeners without a warning of Node', async () => {
    const warned = jest.fn();
    process.on('warning', warned);
    const controller = new AbortController();
    const called = jest.fn();
    const stops = Array.from({ length: 50 }, (_, at) =>
      onAbort(controller.signal, () => {
        called(at);
      }),
    );
    stops[0]!();
    controller.abort();
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(called).toHaveBeenCalledTimes(49);
    expect(warned).not.toHaveBeenCalled();
  });
});
