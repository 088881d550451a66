import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../../..');

/** Replaces Jest, whose hooks and blocks have no meaning in a separate process. */
const NO_JEST = ['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'it']
  .map((name) => `export const ${name} = () => undefined;`)
  .join('\n');

/**
 * Bundles a program and all sources that it imports, as `ROOT/src/...ts`, into one file. For programs that are started so
 * often that translating them each time, as {@link startProgram} does, would take too long.
 *
 * @returns the file to run.
 */
export async function bundleProgram(directory: string, program: string): Promise<string> {
  const from = path.join(directory, 'main.ts');
  const to = path.join(directory, 'bundle.mjs');
  const hooks = path.join(directory, 'hooks.mjs');
  writeFileSync(hooks, NO_JEST);
  writeFileSync(from, program.replaceAll('ROOT', root));
  // This is not the bundler of the build, so that no source depends on the behaviour of that bundler.
  await promisify(execFile)(path.join(root, 'node_modules/.bin/esbuild'), [
    ...[from, `--outfile=${to}`, '--bundle', '--format=esm', '--platform=node', '--target=node20'],
    '--log-level=warning',
    `--alias:@jest/globals=${hooks}`,
    // For packages in the CommonJS format.
    `--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  ]);
  return to;
}
