// Compares gantry with crane, skopeo and oras, and writes docs/benchmarks.md. Options:
//   --small        30 MB instead of 1.5 GB
//   --runs=N       measurements of each command (5)
//   --only=TEXT    operations whose name contains the text; the report is printed, not written
//   --micro        basic operations: hashing, compression, tar; the result is printed
//   --imports      the cost of importing the library; the result is printed
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { imports } from './imports.mjs';
import { makeInputs } from './inputs.mjs';
import { measure, medians } from './measure.mjs';
import { micro } from './micro.mjs';
import { operations, TOOLS } from './operations.mjs';
import { startRegistry } from './registry.mjs';
import { report } from './report.mjs';
import { find } from './tools.mjs';

const { values: flags } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    micro: { type: 'boolean', default: false },
    imports: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const root = path.resolve(import.meta.dirname, '..');
const program = path.join(root, 'dist/cli/main.js');
if (!existsSync(program)) throw new Error('dist is missing: run `npm run build` first');

const gantry = [process.execPath, program, '--quiet'];
const dir = mkdtempSync(path.join(tmpdir(), 'containerregistry-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

if (flags.imports) {
  for (const line of await imports(root, dir)) console.log(line);
  process.exit();
}

const inputs = await makeInputs(path.join(dir, 'inputs'), flags.small ? 30e6 : 1.5e9, gantry);
if (flags.micro) {
  for (const line of await micro(inputs, dir)) console.log(line);
} else {
  const results = await measureAll();
  const text = report(results, {
    small: flags.small,
    runs: Number(flags.runs),
    bytes: inputs.bytes,
    versions: versions(),
  });
  if (flags.only === '') writeFileSync(path.join(root, 'docs/benchmarks.md'), text);
  else console.log(text);
}

async function measureAll() {
  const { manifests } = JSON.parse(
    execFileSync('cat', [path.join(inputs.layout, 'index.json')], { encoding: 'utf8' }),
  );
  const tools = { gantry, crane: find('crane'), skopeo: find('skopeo'), oras: find('oras') };
  const table = operations(tools, { ...inputs, digest: manifests[0].digest });
  const results = [];
  for (const operation of table.filter(({ name }) => name.includes(flags.only))) {
    const names = TOOLS.filter((tool) => operation[tool] !== undefined);
    const samples = new Map(names.map((name) => [name, []]));
    for (let run = 0; run < Number(flags.runs); run += 1) {
      // The tools run in turn, in a different order each time.
      for (const at of names.keys()) {
        const name = names[(at + run) % names.length];
        samples.get(name).push(await sample(operation, operation[name]));
      }
    }
    const measured = new Map([...samples].map(([name, all]) => [name, medians(all)]));
    results.push({ operation, measured });
    for (const [name, { wall, cpu, peak, requests }] of measured) {
      const numbers = `${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, ${peak.toFixed(0)} MiB, ${requests} requests`;
      console.log(`${operation.name}: ${name} ${numbers}`);
    }
  }
  return results;
}

/** Measures one command, with new registries. */
async function sample(operation, commandLine) {
  const place = mkdtempSync(path.join(dir, 'run-'));
  const source = await startRegistry(inputs.registry, path.join(place, 'source.log'));
  const stored = path.join(place, 'target');
  mkdirSync(stored);
  const target = await startRegistry(stored, path.join(place, 'target.log'));
  const out = path.join(place, 'out');
  try {
    const from = `${source.host}/bench:latest`;
    const command = commandLine({ from, to: `${target.host}/bench:latest`, out });
    const used = await measure(command, { dir: place, env: { DOCKER_CONFIG: place, TMPDIR: place } });
    const result = operation.writes === 'registry' ? stored : operation.writes === 'file' ? out : undefined;
    const size = result === undefined ? 0 : sizeOf(result);
    return { ...used, requests: source.requests() + target.requests(), size };
  } finally {
    await source.close();
    await target.close();
    rmSync(place, { recursive: true, force: true });
  }
}

function sizeOf(file) {
  const stats = statSync(file);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(file).reduce((sum, name) => sum + sizeOf(path.join(file, name)), 0);
}

function versions() {
  const ask = { crane: ['version'], skopeo: ['--version'], oras: ['version'] };
  return Object.entries(ask).flatMap(([name, args]) => {
    const found = find(name);
    if (found === undefined) return [];
    const [version] = /\d+\.\d+\.\d+\S*/.exec(execFileSync(found, args, { encoding: 'utf8' })) ?? ['unknown'];
    return [`${name} ${version}`];
  });
}
