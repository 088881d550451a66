import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleProgram } from '../support/programs/bundle-program.js';
import { outcomeOf } from '../support/programs/child.js';
import { FILE_SINKS } from './file-sinks.js';

interface Outcome {
  readonly sink: string;
  readonly spare?: number;
  readonly failed: boolean;
  readonly name?: string;
  readonly systemCode?: string;
  readonly path?: string;
  readonly hint?: string;
  readonly status?: number;
  readonly message?: string;
  /** Files that were not there before, and are not complete. */
  readonly left: readonly string[];
  /** What a layout lists afterwards. */
  readonly entries: number;
}

let root: string;
let program: string;
const mounted: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  // Others than root are to get as far as the directory of the sink.
  await chmod(root, 0o755);
  program = await bundleProgram(root, FILE_SINKS);
});

afterEach(() => {
  for (const dir of mounted.splice(0)) spawnSync('umount', [dir]);
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function run(how: string, dir: string, files?: number): Promise<readonly Outcome[]> {
  const command = [process.execPath, program, how, dir];
  const limited = files === undefined ? [] : ['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh'];
  const [file = '', ...args] = [...limited, ...command];
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', DOCKER_CONFIG: root },
  });
  const { code, stdout, stderr } = await outcomeOf(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // The program's own form.
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Outcome);
}

function mount(dir: string, options: string): void {
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir]).status).toBe(0);
  mounted.push(dir);
}

/** Every sink reports which file failed and why. A running registry responds with a status instead. */
function expectTyped(outcomes: readonly Outcome[], systemCode: string, status?: number): void {
  const failures = outcomes.filter(({ failed }) => failed);
  const expected = failures.map(({ sink, spare, message }) => ({
    ...{ sink, message, left: [], ...(spare !== undefined && { spare }) },
    ...(status !== undefined && sink.startsWith('registry')
      ? { name: 'TransportError', status }
      : {
          name: 'FileSystemError',
          systemCode,
          path: expect.any(String),
          hint: expect.any(String),
        }),
    // What a layout listed before is all that it lists.
    entries: /^(?!new).*layout$/.test(sink) ? 1 : 0,
  }));
  expect(failures).toMatchObject(expected);
}

const failedOf = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.filter(({ failed }) => failed).map(({ sink }) => sink);

const isRoot = process.getuid?.() === 0;
const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;
/** Only root may make file systems, and become someone else. */
const itAsRoot = isRoot ? it : it.skip;
const itMounting = canMount ? it : it.skip;

describe('every sink that writes files', () => {
  itMounting('Y10: reports that the disk is full, and leaves no incomplete files', async () => {
    const dir = path.join(root, 'full');
    await mkdir(dir);
    mount(dir, 'size=400k');
    await run('prepare', dir);
    const outcomes = await run('full', dir);
    expectTyped(outcomes, 'ENOSPC', 507);
    expect(failedOf(outcomes)).toEqual(
      outcomes.map(({ sink }) => sink).filter((sink) => !sink.startsWith('garbage')),
    );
  });

  itMounting('Y10: reports that the file system is read-only, and layouts on it can be read', async () => {
    const dir = path.join(root, 'readonly');
    await mkdir(dir);
    mount(dir, 'size=4m');
    await run('prepare', dir);
    expect(spawnSync('mount', ['-o', 'remount,ro', dir]).status).toBe(0);
    const outcomes = await run('readonly', dir);
    expectTyped(outcomes, 'EROFS');
    expect(failedOf(outcomes)).toEqual(outcomes.map(({ sink }) => sink));
  });

  itAsRoot(
    'Y10: reports that it has no permission to write, and layouts of other users can be read',
    async () => {
      const dir = path.join(root, 'denied');
      await run('prepare', dir);
      const outcomes = await run('denied', dir);
      expectTyped(outcomes, 'EACCES');
      expect(failedOf(outcomes)).toEqual(outcomes.map(({ sink }) => sink));
    },
  );

  it('Y10: reports that too many files are open, at any limit, and works with a low limit', async () => {
    const dir = path.join(root, 'few');
    await run('prepare', dir);
    const outcomes = await run('few', dir, 128);
    expectTyped(outcomes, 'EMFILE');
    const sinks = new Set(outcomes.map(({ sink }) => sink));
    expect(new Set(failedOf(outcomes))).toEqual(sinks);
    // With the last number that was tried, each one succeeded.
    for (const sink of sinks)
      expect(outcomes.findLast((outcome) => outcome.sink === sink)).toMatchObject({ failed: false });
  });
});
