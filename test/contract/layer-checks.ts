import type { Readable } from 'node:stream';
import { expect } from '@jest/globals';
import type { AbortOptions } from '../../src/internal/async/abort.js';
import type { Layer } from '../../src/v1/layer.js';
import { eventually, openDescriptors } from '../support/tools/open-handles.js';
import { measure } from '../support/tools/read-all.js';

/** Expects that digest and size are those of the compressed bytes, and the diff ID that of the tar. */
export async function expectConsistentLayer(layer: Layer): Promise<void> {
  const digest = await layer.digest();
  const diffId = await layer.diffId();
  expect(await measure(await layer.compressed(), digest.split(':')[0])).toEqual({
    digest,
    size: await layer.size(),
  });
  const tar = await measure(await layer.uncompressed(), diffId.split(':')[0]);
  expect(tar.digest).toBe(diffId);
  if (layer.uncompressedSize !== undefined) expect(await layer.uncompressedSize()).toBe(tar.size);
  if (layer.exists !== undefined) expect(await layer.exists()).toBe(true);
}

/** Expects that streams which are open at the same time do not take bytes from each other. */
export async function expectFreshStreams(open: () => Promise<Readable>): Promise<void> {
  const [first, second] = await Promise.all([open(), open()]);
  expect(first).not.toBe(second);
  const [a, b] = await Promise.all([measure(first), measure(second)]);
  expect(a).toEqual(b);
}

/** Expects that a stream which is destroyed before or after its first bytes releases its descriptors. */
export async function expectNoLeak(open: () => Promise<Readable>): Promise<void> {
  // What is opened once, such as a spool or a pool of connections, may stay open.
  for await (const _chunk of await open());
  const before = openDescriptors();
  const unread = await open();
  unread.destroy();
  for await (const _chunk of await open()) break;
  expect(await eventually(() => unread.closed && openDescriptors() <= before)).toBe(true);
}

/** Expects that an aborted signal ends a call, a stream that is being read, and a stream of which nothing was read. */
export async function expectAbortable(layer: Layer): Promise<void> {
  const reason = new Error('changed my mind');
  const aborted = AbortSignal.abort(reason);
  for (const open of [
    async (options: AbortOptions) => layer.compressed(options),
    async (options: AbortOptions) => layer.uncompressed(options),
  ]) {
    await expect(open({ signal: aborted })).rejects.toBe(reason);
    const controller = new AbortController();
    const { signal } = controller;
    const [unread, read] = [await open({ signal }), await open({ signal })];
    controller.abort(reason);
    await expect(measure(read)).rejects.toThrow();
    // The failure of the other stream has no listener, and must not end the process.
    expect(await eventually(() => unread.closed)).toBe(true);
  }
}
