import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { peakOf, program } from '../support/tools/peak-memory.js';

const MIB = 1024 ** 2;
/** `LARGE_COPY_MIB=1024 npm run jest -- test/memory/build` takes the size of the promise. */
const SIZE_MIB = Number(process.env.LARGE_COPY_MIB ?? 256);

/** What a build may need beyond what Node itself needs, however large the files are. */
const LIMIT_MIB = 64;

const BUILD = `
const { build } = await import(process.env.LIBRARY);
const image = await build.image({ context: process.argv[1], dockerfile: { text: process.argv[2] } });
const [layer] = await image.layers();
for await (const chunk of await layer.compressed());
await image[Symbol.asyncDispose]();`;

describe('the memory of a build', () => {
  let root = '';
  let bare = 0;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-memory-'));
    await writeFile(path.join(root, 'small'), 'x');
    const file = await open(path.join(root, 'large'), 'w');
    const noise = Buffer.alloc(MIB, 'not the same in each mebibyte ');
    for (let at = 0; at < SIZE_MIB; at += 1) {
      noise.writeUInt32LE(at);
      await file.write(noise);
    }
    await file.close();
    bare = await peakOf(root, program('await import(process.env.LIBRARY);'));
  }, 120_000);
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it.each([
    ['COPY', 'FROM scratch\nCOPY large /\n'],
    ['COPY from a stage', 'FROM scratch AS a\nCOPY large /\nFROM scratch\nCOPY --from=a /large /x\n'],
  ])(
    'does not grow with the files of %s',
    async (_title, text) => {
      const peak = await peakOf(root, program(BUILD, root, text));
      console.log(`${SIZE_MIB} MiB: ${Math.round(peak - bare)} MiB above Node's own`);
      expect(peak - bare).toBeLessThan(LIMIT_MIB);
    },
    300_000,
  );
});
