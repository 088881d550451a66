import { describe, expect, it } from '@jest/globals';
import { meter, type ProgressSnapshot } from '../../src/progress/meter.js';
import { type Hash, newHash } from '../../src/v1/hash.js';
import { type BlobProgress, progressReporter } from '../../src/v1/progress.js';

const hash = (digit: number): Hash => newHash(`sha256:${String(digit).repeat(64)}`);

/** A meter, its clock, and the events of one sink. */
function measured(options: { readonly interval?: number } = {}) {
  let time = 0;
  const updates: ProgressSnapshot[] = [];
  const counted = meter({ ...options, now: () => time, onUpdate: (snapshot) => updates.push(snapshot) });
  const sink = progressReporter('registry', 'r.example/app', counted.onProgress);
  return {
    ...counted,
    updates,
    sink,
    pass: (ms: number) => (time += ms),
    blob: (digit: number, state: BlobProgress['state'], transferred: number, size?: number) => {
      sink.blob(state, { digest: hash(digit), size }, transferred);
    },
    plan: (...sizes: readonly number[]) => {
      sink.plan({ blobs: sizes.map((size, at) => ({ digest: hash(at + 1), size })) });
    },
  };
}

const numbersOf = ({ done, total, isTotalFinal }: ProgressSnapshot) => ({ done, total, isTotalFinal });

describe('the totals of a meter', () => {
  it('are known from the plan, before the first byte', () => {
    const { snapshot, plan } = measured();
    expect(numbersOf(snapshot())).toEqual({ done: 0, total: 0, isTotalFinal: false });
    plan(1000, 500);
    expect(numbersOf(snapshot())).toEqual({ done: 0, total: 1500, isTotalFinal: true });
    expect(snapshot().perBlob).toEqual([
      expect.objectContaining({ digest: hash(1), size: 1000, state: 'expected', transferred: 0 }),
      expect.objectContaining({ digest: hash(2), size: 500, state: 'expected' }),
    ]);
  });

  it('count a blob that exists or is mounted as done, and a skipped one not at all', () => {
    const { snapshot, plan, blob } = measured();
    plan(1000, 500, 250);
    blob(1, 'existing', 0);
    blob(2, 'mounted', 0);
    blob(3, 'skipped', 0);
    expect(numbersOf(snapshot())).toEqual({ done: 1500, total: 1500, isTotalFinal: true });
    expect(snapshot().eta).toBe(0);
  });

  it('go back when a transfer starts over, and when it fails', () => {
    const { snapshot, plan, blob } = measured();
    plan(1000);
    blob(1, 'started', 0, 1000);
    blob(1, 'progress', 800, 1000);
    expect(snapshot().done).toBe(800);
    blob(1, 'resumed', 300, 1000);
    expect(snapshot().done).toBe(300);
    blob(1, 'progress', 700, 1000);
    blob(1, 'failed', 700, 1000);
    expect(numbersOf(snapshot())).toEqual({ done: 0, total: 1000, isTotalFinal: true });
    blob(1, 'started', 0, 1000);
    blob(1, 'done', 1000, 1000);
    expect(numbersOf(snapshot())).toEqual({ done: 1000, total: 1000, isTotalFinal: true });
  });

  it('are final when every child of an index has a plan or exists', () => {
    const { snapshot, sink } = measured();
    sink.plan({ digest: hash(9), blobs: [{ digest: hash(5), size: 5 }], manifests: [hash(7), hash(8)] });
    expect(numbersOf(snapshot())).toEqual({ done: 0, total: 5, isTotalFinal: false });
    sink.plan({ digest: hash(7), blobs: [{ digest: hash(1), size: 10 }] });
    expect(numbersOf(snapshot())).toEqual({ done: 0, total: 15, isTotalFinal: false });
    expect(snapshot().eta).toBeUndefined();
    sink.manifest('existing', { digest: hash(8), size: 3 });
    expect(numbersOf(snapshot())).toEqual({ done: 0, total: 15, isTotalFinal: true });
    // Another index may list the same child, which gets no second plan.
    sink.plan({ digest: hash(6), blobs: [], manifests: [hash(7)] });
    expect(snapshot().isTotalFinal).toBe(true);
  });

  it('count a layer that two images share once, and once for each destination', () => {
    const { snapshot, onProgress, plan } = measured();
    plan(1000);
    plan(1000);
    progressReporter('layout', 'dir', onProgress).plan({ blobs: [{ digest: hash(1), size: 1000 }] });
    expect(snapshot().total).toBe(2000);
  });

  it('are not final before a one-shot stream has ended', () => {
    const { snapshot, sink } = measured();
    sink.plan({ blobs: [{}, {}] });
    expect(snapshot().isTotalFinal).toBe(false);
    sink.blob('started', { stream: 1 }, 0);
    sink.blob('started', { stream: 2 }, 0);
    sink.blob('progress', { stream: 1 }, 40);
    sink.blob('progress', { stream: 2 }, 2);
    expect(numbersOf(snapshot())).toEqual({ done: 42, total: 42, isTotalFinal: false });
    sink.blob('done', { stream: 1, digest: hash(1), size: 50 }, 50);
    sink.blob('done', { stream: 2, digest: hash(2), size: 20 }, 20);
    expect(numbersOf(snapshot())).toEqual({ done: 70, total: 70, isTotalFinal: true });
    expect(snapshot().perBlob.map(({ digest }) => digest)).toEqual([hash(1), hash(2)]);
  });
});

describe('the rate of a meter', () => {
  it('is that of the last seconds', () => {
    const { snapshot, plan, blob, pass } = measured();
    plan(100_000);
    blob(1, 'started', 0);
    expect(snapshot()).toMatchObject({ rate: undefined, eta: undefined });
    pass(1000);
    blob(1, 'progress', 10_000);
    expect(snapshot()).toMatchObject({ rate: 10_000, eta: 9 });
    for (let second = 1; second <= 6; second += 1) {
      pass(1000);
      blob(1, 'progress', 10_000 + second * 1000);
    }
    expect(snapshot().rate).toBe(1000);
    expect(snapshot().eta).toBe(84);
  });

  it('falls to 0 if nothing arrives, and the time left is not known then', () => {
    const { snapshot, plan, blob, pass } = measured();
    plan(100_000);
    blob(1, 'started', 0);
    pass(1000);
    blob(1, 'progress', 10_000);
    pass(4000);
    expect(snapshot().rate).toBe(2000);
    pass(6000);
    expect(snapshot()).toMatchObject({ rate: 0, eta: undefined });
  });

  it('counts bytes that are sent twice, and not those that an earlier process sent', () => {
    const { snapshot, plan, blob, pass } = measured();
    plan(100_000, 100_000);
    blob(1, 'started', 0);
    blob(2, 'started', 0);
    blob(2, 'resumed', 90_000);
    blob(1, 'progress', 500);
    blob(1, 'resumed', 0);
    pass(1000);
    blob(1, 'progress', 500);
    expect(snapshot()).toMatchObject({ done: 90_500, rate: 1000 });
  });
});

describe('onUpdate', () => {
  it('is called once in an interval, and when everything is done', () => {
    const { updates, plan, blob, pass } = measured({ interval: 100 });
    plan(1000);
    for (let at = 0; at < 10; at += 1) blob(1, 'progress', at);
    expect(updates).toHaveLength(1);
    pass(100);
    blob(1, 'progress', 20);
    expect(updates).toHaveLength(2);
    blob(1, 'done', 1000);
    expect(updates.map(({ done }) => done)).toEqual([0, 20, 1000]);
  });

  it.each([
    [{ interval: -1 }, 'interval must be 0 or more milliseconds, not -1'],
    [{ interval: NaN }, 'interval must be'],
    [{ window: 0 }, 'window must be more than 0 milliseconds, not 0'],
  ])('and its options %j are checked', (options, message) => {
    expect(() => meter(options)).toThrow(message);
    expect(() => meter(options)).toThrow(TypeError);
  });
});
