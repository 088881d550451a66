// Packs the package, installs it as a user would, and uses it with runtimes, test frameworks, bundlers and versions of
// TypeScript. The programs are in test/consumers.
//
//   node scripts/check-consumers.mjs         with the tools of this checkout
//   node scripts/check-consumers.mjs --all   with the tools and versions in test/consumers/package.json, which it installs
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundlers, runtimes, testFrameworks } from './consumers/programs.mjs';
import { preparePrograms } from './consumers/prepare.mjs';
import { run, runAll } from './consumers/run.mjs';
import { typeChecks } from './consumers/types.mjs';

const all = process.argv.includes('--all');
const scratch = mkdtempSync(path.join(tmpdir(), 'containerregistry-consumers-'));
const project = path.join(scratch, 'project');
const bundles = path.join(scratch, 'bundles');

try {
  mkdirSync(bundles);
  cpSync('test/consumers', project, { recursive: true });
  cpSync('.npmrc', path.join(project, '.npmrc'));
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]);
  const tarball = path.join(scratch, JSON.parse(packed)[0].filename);
  const install = ['--no-audit', '--no-fund', '--silent'];
  if (all) await run('npm', ['ci', ...install], project);
  else rmSync(path.join(project, 'package.json'));
  rmSync(path.join(project, 'package-lock.json'));
  await run('npm', ['install', '--no-save', '--no-package-lock', ...install, tarball], project);

  const tools = path.join(all ? project : process.cwd(), 'node_modules');
  const nodeTypes = path.join(project, 'node_modules/@types/node');
  if (!existsSync(nodeTypes)) {
    mkdirSync(path.dirname(nodeTypes), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      symlinkSync(path.resolve('node_modules', name), path.join(project, 'node_modules', name), 'dir');
    }
  }
  await preparePrograms(project);
  const has = ({ needs }) => needs === undefined || existsSync(path.join(tools, needs));
  const environment = { project, bundles, tools, all };
  const consumers = [
    ...runtimes(environment),
    ...testFrameworks(environment),
    ...bundlers(environment),
    ...typeChecks(environment),
  ];
  const missing = consumers.filter((consumer) => !has(consumer)).map(({ name }) => name);
  if (all && missing.length > 0) throw new Error(`not installed: ${missing.join(', ')}`);
  const failures = await runAll(consumers.filter(has), project);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  console.log(
    `containerregistry ${version}: ${consumers.length - missing.length} consumers, ${failures} failed`,
  );
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
