import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { outcomeOf } from '../../support/programs/child.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { describeWithPeers } from '../../support/programs/peers.js';

const SIZE = 256 * 1024 ** 2;

/** Cap on the memory of a transfer above that of Node itself, whatever the size of the image. */
const LIMIT_MIB = 64;

const dist = path.resolve(import.meta.dirname, '../../../dist');

/** Prints the peak memory of the process at its end. */
const REPORT = `
process.on('exit', () => {
  const [, peak] = /^VmHWM:\\s+(\\d+) kB$/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'));
  require('node:fs').writeFileSync(process.env.PEAK_FILE, peak);
});`;

const HEAD = `
const { daemon, name, random, tarball } = await import(process.env.LIBRARY);
const [host, archive] = process.argv.slice(1);
const tag = name.newTag('large:v1');`;

const MAKE = `${HEAD}
await tarball.writeToFile(archive, tag, random.image(${SIZE}, 1, { seed: 'large' }));`;

const WRITE = `${HEAD}
const { existing } = await daemon.write(tag, await tarball.imageFromPath(archive), { env: {}, host });
if (existing) throw new Error('it was there before');`;

const EXPORT = `${HEAD}
const image = await daemon.image(tag, { env: {}, host });
await image.layers();`;

describeWithPeers('an image of 256 MiB', ['dockerd', 'docker'], ({ dockerd }) => {
  let root: string;
  let engine: Dockerd;

  /** Runs a program to its end. Returns its peak memory in MiB. */
  const peakOf = async (program: string): Promise<number> => {
    const peak = path.join(root, 'peak');
    const args = ['-r', path.join(root, 'report.cjs'), '--input-type=module', '-e', program];
    const child = spawn(
      process.execPath,
      [...args, `unix://${engine.socket}`, path.join(root, 'large.tar')],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          LIBRARY: pathToFileURL(path.join(dist, 'index.js')).href,
          PEAK_FILE: peak,
          TMPDIR: root,
        },
      },
    );
    const { code, stderr } = await outcomeOf(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return Number(await readFile(peak, 'utf8')) / 1024;
  };

  beforeAll(async () => {
    if (!existsSync(dist)) throw new Error('dist is missing: run `npm run build` first');
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    await writeFile(path.join(root, 'report.cjs'), REPORT);
    engine = await startDockerd(dockerd, path.join(root, 'docker'));
    await peakOf(MAKE);
  }, 180_000);
  afterAll(async () => {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  }, 60_000);

  it('D5: is written to a daemon and read from it in bounded memory', async () => {
    const bare = await peakOf('0');
    expect((await peakOf(WRITE)) - bare).toBeLessThanOrEqual(LIMIT_MIB);
    expect((await peakOf(EXPORT)) - bare).toBeLessThanOrEqual(LIMIT_MIB);
  }, 300_000);
});
