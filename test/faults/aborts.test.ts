import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { bundleProgram } from '../support/programs/bundle-program.js';
import { outcomeOf } from '../support/programs/child.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const PROGRAM = `
import { sweepAborts } from 'ROOT/test/support/tools/abort-sweep.ts';
await sweepAborts(process.argv[2], Number(process.argv[3]), Number(process.argv[4]));
`;
const PARTS = 4;
const temp = useTempDir();

// `ABORT_EVERY_MOMENT=1 npm run -s jest -- test/faults/aborts` looks further.
describe('an abort at any moment', () => {
  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    'K2: ends the operation, and neither the process nor its file descriptors, part %i',
    async (part) => {
      const main = await bundleProgram(temp.path(), PROGRAM);
      const args = ['--expose-gc', main, temp.path(), String(part), String(PARTS)];
      const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
      const { code, stdout, stderr } = await outcomeOf(child);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      // The form that the program prints.
      const outcome = JSON.parse(stdout) as Record<'runs' | 'problems' | 'left', number>;
      expect(outcome).toMatchObject({ problems: 0, first: [] });
      expect(outcome.runs).toBeGreaterThan(500);
      expect(outcome.left).toBeLessThanOrEqual(0);
    },
    600_000,
  );
});
