import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { measure, median } from './measure.mjs';

const RUNS = 11;
const ENTRIES = [
  'index',
  'crane/index',
  'remote/index',
  'tarball/index',
  'name/index',
  'errors/index',
  'v1/index',
];

/**
 * Measures the cost of importing the library: the CPU time of Node with the import, minus that of Node alone, divided by
 * the same time for the complete library in one file. It uses the files of the last build.
 */
export async function imports(root, dir) {
  const single = await oneFile(root, dir);
  const importing = (file) => [process.execPath, file];
  const commands = new Map([
    ['nothing', [process.execPath, '--input-type=module', '-e', '']],
    ['one file', importing(single)],
    ...ENTRIES.map((entry) => [entry, importing(path.join(root, 'dist', `${entry}.js`))]),
  ]);
  const used = new Map([...commands.keys()].map((name) => [name, []]));
  for (let run = 0; run < RUNS; run += 1) {
    for (const [name, command] of commands) used.get(name).push((await measure(command, { dir })).cpu);
  }
  const cost = (name) => median(used.get(name)) - median(used.get('nothing'));
  return [
    'CPU time of an import, as a part of that of the whole library in one file',
    ...ENTRIES.map((entry) => `${entry}: ${(cost(entry) / cost('one file')).toFixed(2)}`),
  ];
}

/** The library as a single module, in a location from which it finds the dependencies of the project. */
async function oneFile(root, dir) {
  const bundle = await rolldown({
    input: path.join(root, 'dist/index.js'),
    platform: 'node',
    external: /^(?!zod(?:\/|$))[a-z@]/,
    checks: { ineffectiveDynamicImport: false },
  });
  const folder = path.join(dir, 'one-file');
  mkdirSync(folder, { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const file = path.join(folder, 'all.mjs');
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  return file;
}
