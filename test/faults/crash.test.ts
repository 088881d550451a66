import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapLimit } from '../../src/internal/async/limit.js';
import * as layout from '../../src/layout/index.js';
import { image as randomImage } from '../../src/random/image.js';
import { index as randomIndex } from '../../src/random/index.js';
import { seededRandom } from '../../src/testing/faults/seeded-random.js';
import type { Image } from '../../src/v1/image.js';
import * as validate from '../../src/validate/index.js';
import { bundleProgram } from '../support/programs/bundle-program.js';
import { outcomeOf } from '../support/programs/child.js';
import { KILLED_AT } from './killed-at.js';

// `CRASH_POINTS=2000 CRASH_SEED=$RANDOM npm run jest -- test/faults/crash` looks further.
const POINTS = Number(process.env.CRASH_POINTS ?? 200);
const SEED = Number(process.env.CRASH_SEED ?? 20_261_122);

/** Does everything that writes to a layout, and says after each step what index.json is then. */
const WRITE = `
import { createHash } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { fromPath } from 'ROOT/src/layout/from-path.ts';
import { image as randomImage } from 'ROOT/src/random/image.ts';
const [, , source, directory] = process.argv;
const from = await fromPath(source);
const whole = await from.imageIndex();
const { manifests } = await whole.indexManifest();
const image = async (at) => whole.image(manifests[at].digest);
const named = (name) => ({ annotations: { 'org.opencontainers.image.ref.name': name } });
const isNamed = (name) => ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === name;
let step = 0;
const done = () => {
  const hash = createHash('sha256').update(readFileSync(directory + '/index.json')).digest('hex');
  writeSync(1, step++ + ' ' + hash + '\\n');
};

const path = await fromPath(directory, { create: true });
done();
await path.appendImage(await image(0), named('first'));
done();
await path.appendIndex(await whole.imageIndex(manifests[3].digest), named('index'));
done();
await path.replaceImage(await image(1), isNamed('first'), named('second'));
done();
await (await fromPath(directory, { resume: true })).appendImage(await image(2), named('resumed'));
done();
await (await fromPath(directory, { durable: true })).appendImage(randomImage(20_000, 2, { seed: 'streamed' }), named('streamed'));
done();
// Pulled once more, when all of it is there.
await path.appendImage(await image(1), named('second'));
done();
await path.removeDescriptors(isNamed('resumed'));
done();
await path.garbageCollect({ delete: true, graceMs: -1 });
done();
await path.appendImage(await image(2), named('again'));
done();
`;

let root: string;
let main: string;
let extra: Image;
/** What index.json is after each step. */
let states: readonly string[];
/** What each call to the file system was given, when nothing was killed. */
let calls: readonly string[];

async function run(directory: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const args = ['--require', path.join(root, 'killed-at.cjs'), main, path.join(root, 'source'), directory];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const { code, stdout, stderr } = await outcomeOf(child);
  expect(stderr).toBe('');
  expect(env.KILL_AT === undefined ? [0] : [null, 0]).toContain(code);
  return stdout.split('\n').slice(0, -1);
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  main = await bundleProgram(root, WRITE);
  await writeFile(path.join(root, 'killed-at.cjs'), KILLED_AT);
  const source = await layout.fromPath(path.join(root, 'source'), { create: true });
  await source.appendImage(randomImage(20_000, 3, { seed: 'a' }));
  // Larger than what is written at a time.
  await source.appendImage(randomImage(1_200_000, 1, { seed: 'b' }));
  await source.appendImage(randomImage(20_000, 3, { seed: 'c' }));
  await source.appendIndex(randomIndex(1000, 1, 2, { seed: 'd' }));
  await source.appendImage(randomImage(1000, 1, { seed: 'extra' }));
  const whole = await source.imageIndex();
  const entries = (await whole.indexManifest()).manifests;
  extra = await whole.image(entries.at(-1)!.digest);
  const said = await run(path.join(root, 'whole'), { CALLS_FILE: path.join(root, 'calls') });
  states = said.map((line) => line.split(' ')[1] ?? '');
  calls = JSON.parse(await readFile(path.join(root, 'calls'), 'utf8')) as readonly string[];
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Checks every blob and everything that is listed. */
async function expectWhole(directory: string, options: validate.ValidateIndexOptions = {}): Promise<void> {
  const blobs = path.join(directory, 'blobs/sha256');
  for (const name of existsSync(blobs) ? await readdir(blobs) : []) {
    if (name.startsWith('.')) continue;
    const content = await readFile(path.join(blobs, name));
    expect(createHash('sha256').update(content).digest('hex')).toBe(name);
  }
  await validate.index(await layout.imageIndexFromPath(directory), options);
}

async function expectUsable(directory: string, said: readonly string[]): Promise<void> {
  const index = path.join(directory, 'index.json');
  if (existsSync(index)) {
    // What the last finished step made of it, or what the one that was cut short was to make of it.
    const hash = createHash('sha256')
      .update(await readFile(index))
      .digest('hex');
    expect(states.slice(Math.max(0, said.length - 1), said.length + 1)).toContain(hash);
    await expectWhole(directory);
  } else expect(said).toEqual([]);

  const path_ = await layout.fromPath(directory, { create: true });
  const before = (await (await path_.imageIndex()).indexManifest()).manifests;
  await path_.appendImage(extra);
  const after = (await (await path_.imageIndex()).indexManifest()).manifests;
  expect(after.slice(0, -1)).toEqual(before);
  expect(after.at(-1)?.digest).toBe(await extra.digest());

  await path_.garbageCollect({ delete: true, graceMs: -1 });
  expect((await readdir(directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  for (const name of await readdir(path.join(directory, 'blobs/sha256')))
    expect(name).toMatch(/^[0-9a-f]{64}$/);
  // The bytes of each blob are those that its name says.
  await expectWhole(directory, { fast: true });
}

describe('a layout whose writer is killed', () => {
  it(`Y5, Y7, Y8: is complete and accepts another writer after the crash, at ${POINTS} points of seed ${SEED}`, async () => {
    expect(states.length).toBe(10);
    const random = seededRandom(SEED);
    const indexed = calls.flatMap((given, at) => (given.includes('index.json') ? [at] : []));
    const points = Array.from({ length: POINTS }, (_, number) => ({
      // Anywhere, and every other time near what is done to index.json.
      at:
        number % 2 === 0
          ? 1 + Math.floor(random() * calls.length)
          : Math.min(
              calls.length,
              indexed[Math.floor(random() * indexed.length)]! + 1 + Math.floor(random() * 3),
            ),
      how: ['before', 'after', 'amid'][Math.floor(random() * 3)]!,
    }));
    const reached = new Set<number>();
    await mapLimit(points.entries(), 2, async ([number, { at, how }]) => {
      const directory = path.join(root, `layout-${number}`);
      try {
        const said = await run(directory, { KILL_AT: String(at), KILL_HOW: how });
        reached.add(said.length);
        await expectUsable(directory, said);
      } catch (error) {
        throw new Error(`killed ${how} call ${at} of ${calls.length}`, { cause: error });
      }
      await rm(directory, { recursive: true, force: true });
    });
    // Some in every step.
    if (POINTS >= 200) expect(reached.size).toBe(states.length);
  }, 300_000);
});
