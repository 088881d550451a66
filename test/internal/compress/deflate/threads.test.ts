import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

import { gzipped } from '../../../../src/internal/compress/gzip-blocks.js';
import { chunked } from '../../../support/archives/chunked.js';
import { outcomeOf } from '../../../support/programs/child.js';
import { program, startNode } from '../../../support/tools/peak-memory.js';
import { readAll } from '../../../support/tools/read-all.js';
import { useTempDir } from '../../../support/tools/temp-dir.js';

const bytes = Buffer.alloc(8 * 1024 * 1024 + 5, 'some text, again and again ');

/** A process of its own shows how many threads there are, and that it ends. */
const START = `
const { tarball } = await import(process.env.LIBRARY);
const { Readable } = await import('node:stream');
const bytes = Buffer.alloc(${bytes.byteLength}, 'some text, again and again ');
const layer = (size = bytes.byteLength) =>
  tarball.layerFromOpener(() => Readable.from([bytes.subarray(0, size)], { objectMode: false }), { anyLayer: true });
const pack = async (size) => (await layer(size)).digest();
const say = (result) => console.log(JSON.stringify(result));
const started = [];
process.on('worker', (worker) => started.push(worker));
`;

async function expected(): Promise<string> {
  const packed = await readAll(gzipped(chunked(bytes)));
  expect(gunzipSync(packed).equals(bytes)).toBe(true);
  return `sha256:${createHash('sha256').update(packed).digest('hex')}`;
}

describe('the threads that compress deflate data', () => {
  const temp = useTempDir();

  async function said(text: string, ...flags: readonly string[]): Promise<unknown> {
    const child = startNode(temp.path(), [...flags, ...program(START + text)]);
    const { code, stdout, stderr } = await outcomeOf(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  it.each([2_000_000, bytes.byteLength])('start for %i bytes, and keep no process alive', async (size) => {
    const text = `
      let ended = 0;
      process.on('worker', (worker) => worker.once('exit', () => (ended += 1)));
      await pack(${size});
      process.on('exit', () => say({ any: started.length > 0, ended }));`;
    // Else the process would have stayed until they had been idle for long enough.
    expect(await said(text)).toEqual({ any: true, ended: 0 });
  });

  it('do not change the bytes', async () => {
    expect(await said('say(await pack());')).toBe(await expected());
  });

  it('do not start for few bytes', async () => {
    expect(await said('await pack(500_000); say(started.length);')).toBe(0);
  });

  it('end if they have no work, and start again', async () => {
    const text = `
      const first = await pack();
      const count = started.length;
      // Nothing else keeps this process alive.
      const alive = setInterval(() => undefined, 1000);
      await Promise.all(started.map((worker) => new Promise((done) => worker.once('exit', done))));
      clearInterval(alive);
      const second = await pack();
      say({ same: first === second, again: started.length > count });`;
    expect(await said(text)).toEqual({ same: true, again: true });
  });

  it('are replaced with the main thread if they die', async () => {
    const text = `
      let killed = 0;
      process.on('worker', (worker) => {
        const send = worker.postMessage;
        worker.postMessage = (task) => {
          send.call(worker, task);
          worker.terminate();
          killed += 1;
        };
      });
      let digest;
      do digest = await pack();
      while (killed === 0);
      say({ digest });`;
    expect(await said(text)).toEqual({ digest: await expected() });
  });

  it('leave no task waiting when the reader is destroyed', async () => {
    const text = `
      const packed = await (await layer()).compressed();
      for await (const chunk of packed) if (started.length > 0) break;
      say({ destroyed: packed.destroyed, digest: await pack() });`;
    expect(await said(text)).toEqual({ destroyed: true, digest: await expected() });
  });

  it('are not required: the bytes are the same if threads are not permitted', async () => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const text = `
      const { Worker } = await import('node:worker_threads');
      let refused;
      try {
        new Worker('', { eval: true });
      } catch ({ code }) {
        refused = code;
      }
      say({ refused, digest: await pack() });`;
    expect(await said(text, flag, '--allow-fs-read=*', '--no-warnings')).toEqual({
      refused: 'ERR_ACCESS_DENIED',
      digest: await expected(),
    });
  });
});
