import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import { outcomeOf } from '../../support/programs/child.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { type Block, blocks } from './blocks.js';
import { type ExampleHosts, startExampleHosts } from './example-hosts.js';

/** Programs that serve until they are stopped. */
const servers = ['docs/guide/serving.md #1'];

/** Programs that cannot run here, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  'docs/guide/daemon.md #2': 'it connects to an engine on another machine',
  'docs/guide/mocking.md #2': 'it is a test for Jest, which test/consumers runs',
  'docs/guide/mocking.md #3': 'it is a test for vitest, which test/consumers runs',
  'docs/guide/mocking.md #4': 'it is a test for vitest, which test/consumers runs',
};

/** Packages that the pages import beside this one. */
const packages = ['tar-stream'];

let root = '';
let hosts: ExampleHosts;

beforeAll(async () => {
  if (!existsSync('dist/index.js')) throw new Error('dist is missing: run `npm run build` first');
  root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  hosts = await startExampleHosts(root);
  const modules = path.join(root, 'node_modules');
  await mkdir(modules);
  await symlink(process.cwd(), path.join(modules, 'containerregistry'));
  for (const name of packages) await symlink(path.resolve('node_modules', name), path.join(modules, name));
  await mkdir(path.join(root, 'seed'));
  const seed = await readFile('test/docs/programs/seed.mjs', 'utf8');
  expect(await outcomeOf(await start('seed', seed))).toEqual({ code: 0, stdout: '', stderr: '' });
});

afterAll(async () => {
  await hosts.close();
  await rm(root, { recursive: true, force: true });
});

/** Starts a program in a directory of its own, as a user who has no configuration. */
async function start(directory: string, code: string): Promise<ChildProcess> {
  const cwd = path.join(root, directory);
  const main = path.join(cwd, code.includes('require(') ? 'program.cjs' : 'program.mjs');
  await writeFile(main, code);
  return spawn(process.execPath, [main], {
    cwd,
    env: { ...process.env, ...hosts.env, NODE_OPTIONS: '', PORT: '0', HOME: cwd, DOCKER_CONFIG: cwd, CI: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts a program of a page, beside the files that the pages name. */
async function startBlock({ title, code, language }: Block): Promise<ChildProcess> {
  const directory = title.replaceAll(/\W+/g, '-');
  await cp(path.join(root, 'seed'), path.join(root, directory), { recursive: true });
  if (language === 'js') return start(directory, code);
  const { code: script } = await transform(code, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  return start(directory, script);
}

async function runBlock(block: Block): Promise<void> {
  const { code, stderr } = await outcomeOf(await startBlock(block));
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('Error') });
}

const onDaemonPage = ({ page }: Block): boolean => page === 'docs/guide/daemon.md';

describe('the programs in the documentation', () => {
  it.each(
    blocks.filter(
      (block) => !(block.title in elsewhere) && !servers.includes(block.title) && !onDaemonPage(block),
    ),
  )('$title runs as it is', runBlock);

  it.each(blocks.filter(({ title }) => servers.includes(title)))('$title serves', async (block) => {
    const program = await startBlock(block);
    program.stdout?.once('data', () => program.kill());
    expect(await outcomeOf(program)).toEqual({ code: null, stdout: expect.any(String), stderr: '' });
  });
});

describeWithPeers('the programs in the documentation, with Docker', ['dockerd', 'docker'], ({ dockerd }) => {
  let engine: Dockerd;

  beforeAll(async () => {
    engine = await startDockerd(dockerd, path.join(root, 'engine'));
    await engine.docker('load', '--input', path.join(root, 'seed/app.tar'));
    process.env.DOCKER_HOST = `unix://${engine.socket}`;
  });

  afterAll(async () => {
    delete process.env.DOCKER_HOST;
    await engine.stop();
  });

  it.each(blocks.filter((block) => onDaemonPage(block) && !(block.title in elsewhere)))(
    '$title runs as it is',
    runBlock,
  );
});
