import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as layout from '../../src/layout/index.js';
import { image as randomImage } from '../../src/random/image.js';
import { ociManifestSchema1 } from '../../src/v1/types.js';
import { readAll } from '../support/tools/read-all.js';
import { outcomeOf, startProgram } from '../support/programs/child.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();

/** Appends images with tags `from` to `to` to the layout, which may not be there yet; says when each is in. */
const APPEND = `
import { fromPath } from 'ROOT/src/layout/from-path.ts';
import { image } from 'ROOT/src/random/image.ts';
const [, , directory, from, to, size, how] = process.argv;
const path = await fromPath(directory, { create: true, durable: how === 'durable' });
for (let tag = Number(from); tag < Number(to); tag += 1) {
  const annotations = { 'org.opencontainers.image.ref.name': String(tag) };
  await path.appendImage(image(Number(size), 2, { seed: how === 'unique' ? 'own' + tag : 'shared' + tag % 3 }), { annotations });
  console.log(tag);
}
`;

/** Collects garbage until a file exists. */
const COLLECT = `
import { existsSync } from 'node:fs';
import { fromPath } from 'ROOT/src/layout/from-path.ts';
const [, , directory, stop] = process.argv;
const path = await fromPath(directory, { create: true });
let collected = 0;
while (!existsSync(stop)) collected += (await path.garbageCollect({ delete: true, graceMs: 60_000 })).length;
console.log(collected);
`;

/** Writes a blob of three million bytes. */
const WRITE_BLOB = `
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { fromPath } from 'ROOT/src/layout/from-path.ts';
const path = await fromPath(process.argv[2], { create: true });
const bytes = Buffer.alloc(3_000_000, 'x');
const digest = 'sha256:' + createHash('sha256').update(bytes).digest('hex');
await path.writeBlob(digest, Readable.from([bytes, bytes], { objectMode: false })).catch((error) => console.log(error.code, error.systemCode));
`;

async function expectWhole(): Promise<string[]> {
  const index = await (await layout.fromPath(dir.path('layout'))).imageIndex();
  const { manifests } = await index.indexManifest();
  for (const { digest } of manifests) {
    const image = await index.image(digest);
    await image.configFile();
    for (const layer of await image.layers()) await readAll(await layer.compressed());
  }
  return manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? '');
}

describe('several processes', () => {
  it('Y8: lose no entry when they create and fill one layout at the same time', async () => {
    const outcomes = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map(async (at) =>
        outcomeOf(
          startProgram(dir.path(), APPEND, [dir.path('layout'), `${at * 50}`, `${at * 50 + 50}`, '500']),
        ),
      ),
    );
    expect(outcomes.map(({ code, stderr, stdout }) => ({ code, stderr, stdout }))).toEqual(
      outcomes.map((_, at) => ({
        code: 0,
        stderr: '',
        stdout: Array.from({ length: 50 }, (_, turn) => `${at * 50 + turn}\n`).join(''),
      })),
    );
    const tags = await expectWhole();
    expect(tags.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, at) => at));
  }, 120_000);

  it('Y8: lose no entry when one stopped for so long that another one took over its lock', async () => {
    const path = await layout.fromPath(dir.path('layout'), { create: true });
    const image = await randomImage(100, 1, { seed: 'own' }).digest();
    const entry = { mediaType: ociManifestSchema1, size: 2, digest: image };
    const lock = dir.path('layout/index.json.lock');
    const index = dir.path('layout/index.json');
    await path.appendDescriptor({ ...entry, annotations: { by: 'first' } });
    let options = 0;
    await path.replaceDescriptor({ ...entry, annotations: { by: 'holder' } }, () => {
      options += 1;
      if (options > 1) return false;
      // The matcher is asked between reading and writing. Another process takes over, writes and is done soon after.
      rmSync(lock);
      symlinkSync('another process', lock);
      writeFileSync(index, readFileSync(index, 'utf8').replace('"first"', '"another"'));
      setTimeout(() => {
        rmSync(lock);
      }, 50);
      return false;
    });
    const { manifests } = await (await path.imageIndex()).indexManifest();
    expect(manifests.map(({ annotations }) => annotations?.by)).toEqual(['another', 'holder']);
    expect((await readdir(dir.path('layout'))).sort()).toEqual(['index.json', 'oci-layout']);
  });

  it('Y14: can collect garbage while others write', async () => {
    await layout.fromPath(dir.path('layout'), { create: true });
    const collector = outcomeOf(startProgram(dir.path(), COLLECT, [dir.path('layout'), dir.path('stop')]));
    const writer = await outcomeOf(
      startProgram(dir.path(), APPEND, [dir.path('layout'), '0', '60', '500', 'unique']),
    );
    await writeFile(dir.path('stop'), '');
    const collected = await collector;
    expect([writer, collected]).toMatchObject([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    // What writers had just written, and wrote again.
    expect(Number(collected.stdout)).toBeGreaterThan(0);
    expect((await expectWhole()).length).toBe(60);
  }, 120_000);

  it('Y5, Y7: leave no part of a blob, nor of index.json, when they are killed', async () => {
    const said: number[] = [];
    for (let run = 0; run < 4; run += 1) {
      const from = run * 100;
      const child = startProgram(dir.path(), APPEND, [
        dir.path('layout'),
        `${from}`,
        `${from + 100}`,
        '300000',
      ]);
      const ended = outcomeOf(child);
      await new Promise<void>((resolve) => {
        child.stdout?.on('data', (chunk: Buffer) => {
          said.push(...chunk.toString().trim().split('\n').map(Number));
          // Somewhere else in the next image each time.
          setImmediate(() => {
            if (said.filter((tag) => tag >= from).length > run) resolve();
          });
        });
      });
      child.kill('SIGKILL');
      await ended;
      const tags = (await expectWhole()).map(Number);
      expect(tags).toEqual(expect.arrayContaining(said));
    }
    const opened = await layout.fromPath(dir.path('layout'));
    await opened.garbageCollect({ delete: true, graceMs: -1 });
    for (const name of await readdir(dir.path('layout/blobs/sha256'))) expect(name).toMatch(/^[0-9a-f]{64}$/);
    expect((await readdir(dir.path('layout'))).filter((name) => name.endsWith('.lock'))).toEqual([]);
    await expectWhole();
  }, 120_000);

  it('Y10: leave nothing of a blob and report the error if the disk is full', async () => {
    const child = startProgram(dir.path(), WRITE_BLOB, [dir.path('layout')], { fileBlocks: 1000 });
    expect((await outcomeOf(child)).stdout).toBe('FILE_SYSTEM EFBIG\n');
    expect(await readdir(dir.path('layout/blobs/sha256'))).toEqual([]);
    expect(await expectWhole()).toEqual([]);
  });

  const itTraced = spawnSync('strace', ['-V']).status === 0 ? it : it.skip;
  itTraced(
    'Y6: force blobs to disk before their names, and names before index.json, when asked to',
    async () => {
      const log = dir.path('trace');
      const child = startProgram(dir.path(), APPEND, [dir.path('layout'), '0', '1', '100', 'durable'], {
        trace: log,
      });
      const { code, stderr } = await outcomeOf(child);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      // Paths below the layout, that of the layout itself empty.
      const below = (file: string | undefined) => file && path.relative(dir.path('layout'), file);
      const lines = /fsync\(\d+<([^>]*)>|rename\("([^"]*)", "([^"]*)"/g;
      const calls = [...(await readFile(log, 'utf8')).matchAll(lines)].map(([, synced, from, to]) => ({
        synced: below(synced),
        from: below(from),
        to: below(to),
      }));
      const renames = calls.filter(({ to }) => to !== undefined);
      expect(renames.filter(({ to }) => to?.startsWith('blobs/')).length).toBe(4);
      const last = renames.at(-1)!;
      expect(last.to).toBe('index.json');
      for (const rename of renames) {
        const at = calls.indexOf(rename);
        const syncedIn = (from: number, to?: number) => calls.slice(from, to).map(({ synced }) => synced);
        expect(syncedIn(0, at)).toContain(rename.from);
        // The name is on the disk before index.json leads to it.
        const name = path.dirname(rename.to!).replace(/^\.$/, '');
        expect(syncedIn(at, rename === last ? undefined : calls.indexOf(last))).toContain(name);
      }
      // So are the names of the directories that were made, which the ones above them keep.
      for (const directory of ['..', '', 'blobs'])
        expect(calls.map(({ synced }) => synced)).toContain(directory);
    },
  );
});
