import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { writeFileAtomic } from '../../../src/internal/files/atomic-file.js';
import { drain } from '../../../src/internal/streams/consume.js';
import {
  inheritDisposable,
  dispose,
  isDisposable,
  markDisposable,
} from '../../../src/internal/streams/disposable.js';
import { fileAccess, memoryAccess } from '../../../src/internal/files/random-access.js';
import { hashed, verified } from '../../../src/internal/streams/verify.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const SIZE = 256 * 1024;

describe('dispose', () => {
  it('frees the memory of a chunk, which is empty afterwards', () => {
    const chunk = Buffer.allocUnsafeSlow(SIZE);
    const before = process.memoryUsage().arrayBuffers;
    dispose(chunk);
    expect(chunk.byteLength).toBe(0);
    expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThanOrEqual(SIZE);
  });

  it('does not free a chunk that is only a part of its memory', () => {
    const memory = Buffer.alloc(SIZE, 7);
    dispose(memory.subarray(0, SIZE - 1));
    dispose(Buffer.from('small, and from the pool'));
    dispose(new Uint8Array(new SharedArrayBuffer(SIZE)));
    expect(memory.every((byte) => byte === 7)).toBe(true);
  });
});

describe('a disposable stream', () => {
  it('is one that reads a file, and what checks or hashes it on the way', async () => {
    const content = Buffer.alloc(SIZE + 5, 'content');
    const path = temp.path('content');
    writeFileSync(path, content);
    const access = await fileAccess(path);
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const stream = verified(access.stream(0, content.length), { digest, subject: 'test' });
    expect(isDisposable(stream)).toBe(true);
    await drain(hashed(stream).stream);
    await access.close();
  });

  it('is not one whose bytes other code can see', async () => {
    const content = Buffer.alloc(2 * SIZE, 'content');
    for (const source of [memoryAccess(content).stream(0, content.length), Readable.from([content])]) {
      expect(isDisposable(source)).toBe(false);
      const { stream } = hashed(source);
      expect(isDisposable(stream)).toBe(false);
      await drain(stream);
    }
    const path = temp.path('kept');
    await writeFileAtomic(path, content);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('makes streams that pass it on disposable', () => {
    const source = markDisposable(Readable.from([]));
    expect(isDisposable(inheritDisposable(source, new Readable()))).toBe(true);
    expect(isDisposable(inheritDisposable(new Readable(), new Readable()))).toBe(false);
  });
});
