import { describe, expect, it } from '@jest/globals';
import { line } from '../../src/progress/line.js';
import type { ProgressSnapshot } from '../../src/progress/meter.js';

const half: ProgressSnapshot = {
  done: 133_000_000,
  total: 266_000_000,
  isTotalFinal: true,
  rate: 12_300_000,
  eta: 10.8,
  perBlob: [],
};

describe('line', () => {
  it('shows a bar, percent, bytes, rate and the time left', () => {
    expect(line(half)).toBe('[===============               ]   50 %  133 MB / 266 MB  12.3 MB/s  11 s left');
  });

  it.each([
    [60, '[======     ]   50 %  133 MB / 266 MB  12.3 MB/s  11 s left'],
    [50, ' 50 %  133 MB / 266 MB  12.3 MB/s  11 s left'],
    [40, ' 50 %  133 MB / 266 MB  11 s left'],
    [20, ' 50 %  11 s left'],
    [10, ' 50 %'],
    [3, ''],
  ])('fits %i columns', (columns, text) => {
    expect(line(half, { columns })).toBe(text);
    expect(line(half, { columns }).length).toBeLessThan(columns);
  });

  it('never fills the last column, whatever the numbers', () => {
    for (let columns = 1; columns < 130; columns += 1) {
      for (const done of [0, 1, 999_999, 266_000_000]) {
        const { length } = line({ ...half, done }, { columns });
        expect(length).toBeLessThanOrEqual(columns - 1 || 1);
      }
    }
  });

  it('shows no percent before the total is final', () => {
    const growing = { ...half, isTotalFinal: false, eta: undefined };
    expect(line(growing)).toBe('133 MB / 266 MB+  12.3 MB/s');
    expect(line(growing, { columns: 20 })).toBe('133 MB / 266 MB+');
    expect(line(growing, { columns: 10 })).toBe('133 MB');
  });

  it('shows 100 % only when everything is done', () => {
    expect(line({ ...half, done: 265_999_999 }, { columns: 50 })).toContain(' 99 %');
    expect(line({ ...half, done: 266_000_000, eta: 0 }, { columns: 50 })).toBe(
      '[============]  100 %  266 MB / 266 MB  12.3 MB/s',
    );
    expect(line({ ...half, done: 0, total: 0, eta: 0, rate: undefined }, { columns: 30 })).toBe(
      '[=========]  100 %  0 B / 0 B',
    );
  });

  it.each([
    [0.2, '1 s left'],
    [59.5, '1 min 0 s left'],
    [200, '3 min 20 s left'],
    [7500, '2 h 5 min left'],
    [1e9, 'more than 100 h left'],
  ])('writes %d seconds as %s', (eta, text) => {
    expect(line({ ...half, eta }, { columns: 70 })).toContain(`  ${text}`);
  });
});
