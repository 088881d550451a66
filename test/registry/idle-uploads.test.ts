import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ChunkBatch } from '../../src/registry/store/uploads/chunk-batch.js';
import { newDiskStore } from '../../src/registry/store/disk/disk-store.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { ConformanceClient, randomBlob } from './conformance-client.js';

const temp = useTempDir();

/** The number of open files of this process below a directory. */
async function openBelow(dir: string): Promise<number> {
  const targets = (await readdir('/proc/self/fd')).map(async (fd) =>
    readlink(join('/proc/self/fd', fd)).catch(() => ''),
  );
  return (await Promise.all(targets)).filter((target) => target.startsWith(dir)).length;
}

describe('uploads that wait for their client', () => {
  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('Z3: hold no file descriptor, and no file before the first byte', async () => {
    const registry = await startRegistry(newDiskStore(temp.path('store')));
    const client = new ConformanceClient(registry.url);
    const uploads = temp.path('store/blobs/uploads');
    const blob = randomBlob(300);
    const locations: string[] = [];
    for (let opened = 0; opened < 50; opened += 1) locations.push(await client.start('app'));
    expect(await readdir(uploads)).toEqual([]);
    for (const location of locations) {
      expect((await client.chunk(location, blob.content, 0, 100)).status).toBe(202);
    }
    expect(await readdir(uploads)).toHaveLength(50);
    expect(await openBelow(uploads)).toBe(0);

    // They can still be finished, and leave no files.
    for (const location of locations) {
      const last = await client.chunk(`${location}?digest=${blob.digest}`, blob.content, 100, 200, 'PUT');
      expect(last.status).toBe(201);
    }
    await client.expectBlob('app', blob);
    expect(await readdir(uploads)).toEqual([]);
    expect(await openBelow(temp.path('store'))).toBe(0);
    await registry.close();
  });

  it('Z1: are limited per client by status 429 with Retry-After', async () => {
    const registry = await startRegistry({ maxUploadsPerClient: 3 });
    const client = new ConformanceClient(registry.url);
    for (let opened = 0; opened < 3; opened += 1) await client.start(`app${opened}`);
    const refused = await client.ask('/v2/app/blobs/uploads/', { method: 'POST' });
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toMatch(/^(?:60|5\d)$/);
    expect(JSON.parse(refused.body.toString())).toMatchObject({
      errors: [{ code: 'TOOMANYREQUESTS', detail: { limit: 3 } }],
    });
    await registry.close();
  });
});

describe('ChunkBatch', () => {
  it('Z4: collects chunks of one byte in a few blocks, in their order', () => {
    const batch = new ChunkBatch();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    for (const byte of bytes) batch.add(Uint8Array.of(byte));
    batch.add(bytes);
    batch.add(Uint8Array.of(7));
    expect(batch.bytes).toBe(600_001);
    const chunks = batch.take();
    expect(chunks.length).toBeLessThan(10);
    expect(Buffer.concat(chunks).equals(Buffer.concat([bytes, bytes, Uint8Array.of(7)]))).toBe(true);
    const held = new Set(chunks.map(({ buffer }) => buffer));
    expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(2 * 600_001);
    expect(batch.bytes).toBe(0);
    expect(batch.take()).toEqual([]);
  });
});
