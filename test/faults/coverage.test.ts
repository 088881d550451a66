import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

/** Rows of the sections that must be covered in full and that no test covers, each with the reason. */
const exempt: Readonly<Record<string, string>> = {};

interface Report {
  readonly covered: readonly string[];
  readonly uncovered: readonly string[];
  readonly unknown: readonly string[];
}

let report: Report;
beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/faults.mjs', '--json']);
  // The script's own form.
  report = JSON.parse(stdout) as Report;
});

describe('the list of faults', () => {
  it('has a test for every row of a section that must be covered in full, or a reason why not', () => {
    const open = report.uncovered.filter((id) => /^[TRALPUNGKSQIVZ]\d/.test(id));
    expect(open.filter((id) => !(id in exempt))).toEqual([]);
  });

  it('gives reasons only for rows without tests', () => {
    expect(Object.keys(exempt).filter((id) => report.covered.includes(id))).toEqual([]);
  });

  it('has every id that a test carries, once, with a title', () => {
    expect(report.unknown).toEqual([]);
    const rows = readFileSync('test/faults/rows.tsv', 'utf8').trim().split('\n');
    expect(rows.filter((row) => !/^[A-Z]\d{1,2}\t\S/.test(row))).toEqual([]);
    expect(new Set(rows.map((row) => row.split('\t')[0])).size).toBe(rows.length);
  });
});
