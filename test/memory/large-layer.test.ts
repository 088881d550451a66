import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { outcomeOf } from '../support/child.js';

const SIZE = 2 * 1024 ** 3;

/** What any transfer may need beyond what Node itself needs, however large the layer is. */
const LIMIT_MIB = 64;

const dist = path.resolve(import.meta.dirname, '../../dist');
const library = pathToFileURL(path.join(dist, 'index.js')).href;

/** Says at the end how much memory the process ever had; not `resourceUsage`, which starts with that of its parent. */
const REPORT = `
process.on('exit', () => {
  const [, peak] = /^VmHWM:\\s+(\\d+) kB$/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'));
  require('node:fs').writeFileSync(process.env.PEAK_FILE, peak);
});`;

const SERVE = `
const { registry } = await import(process.env.LIBRARY);
const server = await registry.serve(registry.newDiskStore(process.argv[1], { durable: false }));
console.log(server.host);`;

const FILL = `
const { crane, random } = await import(process.env.LIBRARY);
await crane.push(random.image(${SIZE}, 1, { seed: 'large layer' }), process.argv[1]);`;

const COPY = `
const { crane } = await import(process.env.LIBRARY);
await crane.copy(process.argv[1], process.argv[2]);`;

let root: string;
let bare: number;
let image: string;
const servers: ChildProcess[] = [];

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: root, LIBRARY: library, DOCKER_CONFIG: root, ...env },
  });
}

const program = (text: string, ...args: readonly string[]): readonly string[] => [
  '--input-type=module',
  '-e',
  text,
  ...args,
];

const gantry = (...args: readonly string[]): readonly string[] => [
  path.join(dist, 'cli/main.js'),
  '--quiet',
  ...args,
];

/** Runs a program to its end; gives the most memory that it had, in MiB. */
async function peakOf(args: readonly string[]): Promise<number> {
  const report = path.join(root, 'report.cjs');
  const peak = path.join(root, 'peak');
  await writeFile(report, REPORT);
  await rm(peak, { force: true });
  const { code, stderr } = await outcomeOf(start(['-r', report, ...args], { PEAK_FILE: peak }));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return Number(await readFile(peak, 'utf8')) / 1024;
}

/** Starts a registry in a process of its own, which keeps its blobs in a folder; gives host and port. */
async function startServer(dir: string): Promise<string> {
  const server = start(program(SERVE, path.join(root, dir)));
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.stdout?.once('data', (line: Buffer) => {
      resolve(line.toString().trim());
    });
    server.once('exit', () => {
      reject(new Error('the registry did not start'));
    });
  });
}

async function stopServer(server: ChildProcess | undefined): Promise<void> {
  if (server?.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once('close', resolve));
  server.kill();
  await ended;
}

/** A registry that is thrown away afterwards, with all that was pushed to it. */
async function withTarget(use: (reference: string) => Promise<void>): Promise<void> {
  const host = await startServer('target');
  try {
    await use(`${host}/large:latest`);
  } finally {
    await stopServer(servers.pop());
    await rm(path.join(root, 'target'), { recursive: true, force: true });
  }
}

const linux = process.platform === 'linux' ? describe : describe.skip;

linux('a layer of 2 GiB', () => {
  beforeAll(async () => {
    if (!existsSync(dist)) throw new Error('dist is missing: run `npm run build` first');
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    bare = await peakOf(['-e', '0']);
    image = `${await startServer('source')}/large:latest`;
    const { code, stderr } = await outcomeOf(start(program(FILL, image)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 300_000);

  afterAll(async () => {
    for (const server of servers.splice(0)) await stopServer(server);
    await rm(root, { recursive: true, force: true });
  });

  const expectSmall = async (...args: readonly string[]): Promise<void> => {
    expect((await peakOf(args)) - bare).toBeLessThanOrEqual(LIMIT_MIB);
  };

  it('comes down into an archive, and goes up from it', async () => {
    const archive = path.join(root, 'image.tar');
    await expectSmall(...gantry('pull', image, archive));
    await withTarget(async (target) => expectSmall(...gantry('push', archive, target)));
    await rm(archive);
  }, 300_000);

  it('comes down into a layout, and goes up from it', async () => {
    const layout = path.join(root, 'layout');
    await expectSmall(...gantry('pull', '--format=oci', image, layout));
    await withTarget(async (target) => expectSmall(...gantry('push', layout, target)));
    await rm(layout, { recursive: true });
  }, 300_000);

  it('goes from registry to registry', async () => {
    await withTarget(async (target) => expectSmall(...gantry('copy', image, target)));
    // The library as well, whose code is not cut to the command.
    await withTarget(async (target) => expectSmall(...program(COPY, image, target)));
  }, 300_000);

  it('is validated', async () => {
    await expectSmall(...gantry('validate', '--remote', image));
  }, 300_000);
});
