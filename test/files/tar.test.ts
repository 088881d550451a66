import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import * as tar from '../../src/tar/index.js';
import { readAll } from '../support/tools/read-all.js';

const entries = [
  { name: 'a/', type: 'directory' as const },
  { name: 'a/one', body: 'one' },
  { name: 'a/two', body: Buffer.from('two!') },
];

describe('tar', () => {
  it('reads what it wrote, plain or compressed, and skips bodies that are not read', async () => {
    const bytes = await readAll(tar.write(entries));
    for (const source of [bytes, gzipSync(bytes)]) {
      const found: string[] = [];
      for await (const { header, bytes: content } of tar.read(source)) {
        found.push(header.name === 'a/one' ? header.name : `${header.name}=${(await content()).toString()}`);
      }
      expect(found).toEqual(['a/=', 'a/one', 'a/two=two!']);
    }
  });

  it('leaves out filtered entries, and caps entries and bodies', async () => {
    const bytes = await readAll(tar.write(entries));
    for await (const { header, bytes: content } of tar.read(bytes, { filter: ({ size }) => size === 4 })) {
      expect(header.name).toBe('a/two');
      await expect(content({ maxBytes: 3 })).rejects.toBeInstanceOf(LimitExceededError);
    }
    await expect(tar.read(bytes, { maxEntries: 0 }).next()).rejects.toBeInstanceOf(LimitExceededError);
  });
});
