// Runs all gates and tests. It continues after a failure, so that one run shows all failures. The last line counts gates and
// tests together.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const scratch = mkdtempSync(path.join(tmpdir(), 'containerregistry-test-'));
const report = path.join(scratch, 'jest.json');
const nodeOptions = [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--no-warnings']
  .filter(Boolean)
  .join(' ');

/** @type {readonly { name: string, command: readonly string[], env?: Record<string, string> }[]} */
const gates = [
  { name: 'lint', command: ['npx', 'eslint', '.'] },
  { name: 'format', command: ['npx', 'prettier', '--check', '--log-level=warn', '.'] },
  { name: 'types', command: ['npx', 'tsc', '-p', '.'] },
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  {
    name: 'jest',
    command: ['npx', 'jest', '--json', `--outputFile=${report}`, ...process.argv.slice(2)],
    env: { NODE_OPTIONS: nodeOptions },
  },
  { name: 'package', command: ['node', 'scripts/check-package.mjs'] },
  { name: 'consumers', command: ['node', 'scripts/check-consumers.mjs'] },
  { name: 'unused', command: ['npx', 'knip', '--no-progress'] },
];

const total = { passed: 0, failed: 0, skipped: 0 };
const broken = [];
for (const { name, command, env } of gates) {
  console.log(`\n== ${name}: ${command.join(' ')}`);
  const started = Date.now();
  const { status } = spawnSync(command[0], command.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  console.log(
    `== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s`,
  );
  total[status === 0 ? 'passed' : 'failed'] += 1;
  if (status !== 0) broken.push(name);
}

try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.skipped += result.numPendingTests;
} catch (error) {
  console.log(`no test report: ${error.message}`);
}
rmSync(scratch, { recursive: true, force: true });

if (broken.length > 0) console.log(`\nfailed: ${broken.join(', ')}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
