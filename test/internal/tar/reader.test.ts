import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { readTar, type TarEntry } from '../../../src/internal/tar/reader.js';
import { verified } from '../../../src/internal/streams/verify.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { listStream } from '../../support/archives/list-tar.js';
import { noise } from '../../support/tools/noise.js';
import { eventually } from '../../support/tools/open-handles.js';
import { rawEntry, TRAILER } from '../../support/archives/raw-tar.js';
import { readAll, sha256Of } from '../../support/tools/read-all.js';

const big = noise(300_000);
const tar = Buffer.concat([
  rawEntry({ name: 'small' }, 'small'),
  rawEntry({ name: 'big' }, big),
  rawEntry({ name: 'dir/', typeflag: '5' }),
  rawEntry({ name: 'last' }, 'last'),
  TRAILER,
]);

async function first(source: AsyncIterable<TarEntry>): Promise<TarEntry> {
  const { value } = (await source[Symbol.asyncIterator]().next()) as { readonly value: TarEntry };
  return value;
}

describe('readTar', () => {
  it('reads the same entries, whatever the chunks of the input', async () => {
    const whole = await listStream(tar, {}, [tar.byteLength]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 50, max: 2000 }), { minLength: 1, maxLength: 5 }),
        async (sizes) => {
          expect(await listStream(tar, {}, sizes)).toEqual(whole);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('skips the unread rest of a body', async () => {
    const seen: string[] = [];
    for await (const { header, body } of readTar(chunked(tar, [1000]))) {
      seen.push(header.name);
      if (header.name === 'big') {
        // One chunk only, and the stream is left as it is.
        await new Promise((resolve) => body.once('data', resolve));
        body.pause();
      }
    }
    expect(seen).toEqual(['small', 'big', 'dir/', 'last']);
  });

  it('returns a whole body at once', async () => {
    const bodies: Buffer[] = [];
    for await (const entry of readTar(chunked(tar, [777]))) bodies.push(await entry.bytes());
    expect(bodies.map((body) => body.byteLength)).toEqual([5, 300_000, 0, 4]);
    expect(bodies[1]?.equals(big)).toBe(true);
  });

  it('ends an open body when the next entry is requested', async () => {
    const entries = readTar(chunked(tar, [1000]))[Symbol.asyncIterator]();
    await entries.next();
    const { body } = ((await entries.next()) as { readonly value: TarEntry }).value;
    const failed = expect(readAll(body)).rejects.toThrow(/next entry/);
    await entries.next();
    await failed;
    await entries.return?.();
  });

  it('destroys its source on an early break, a failure, and at the end', async () => {
    const broken = chunked(tar);
    for await (const entry of readTar(broken)) if (entry.header.name === 'big') break;
    expect(broken.destroyed).toBe(true);

    const thrown = chunked(tar);
    const run = async (): Promise<void> => {
      for await (const entry of readTar(thrown)) throw new Error(entry.header.name);
    };
    await expect(run()).rejects.toThrow('small');
    expect(thrown.destroyed).toBe(true);

    const ended = chunked(tar);
    for await (const entry of readTar(ended)) await entry.bytes();
    expect(ended.destroyed).toBe(true);

    const unused = stalled();
    await readTar(unused)[Symbol.asyncIterator]().return?.();
    expect(unused.destroyed).toBe(true);
  });

  it('T19: rejects with the reason of the signal, in the iteration and in a body', async () => {
    const controller = new AbortController();
    const source = stalled(tar.subarray(0, 2000));
    const entries = readTar(source, { signal: controller.signal })[Symbol.asyncIterator]();
    await entries.next();
    const { body } = ((await entries.next()) as { readonly value: TarEntry }).value;
    const reading = readAll(body);
    const next = entries.next();
    next.catch(() => undefined);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow();
    await expect(next).rejects.toThrow('enough');
    expect(source.destroyed).toBe(true);
  });

  it('fails with the error of its source, even one from before the first entry was requested', async () => {
    const source = failing(tar.subarray(0, 2000), new Error('broke'));
    const read = async (): Promise<void> => {
      for await (const entry of readTar(source)) await readAll(entry.body);
    };
    await expect(read()).rejects.toThrow('broke');
    const early = stalled();
    const entries = readTar(early);
    early.destroy(new Error('early'));
    await eventually(() => early.errored !== null, 10);
    await expect(first(entries)).rejects.toThrow('early');
  });

  it('B1: fails in the body if the data ends too early', async () => {
    const entries = readTar(chunked(tar.subarray(0, 3000)))[Symbol.asyncIterator]();
    await entries.next();
    const { body } = ((await entries.next()) as { readonly value: TarEntry }).value;
    await expect(readAll(body)).rejects.toThrow(ArchiveInvalidError);
    await expect(entries.next()).rejects.toThrow(ArchiveInvalidError);
  });

  it('L7: reads its source to the end, so that the source can report a wrong digest', async () => {
    const padded = Buffer.concat([tar, Buffer.alloc(20_000)]);
    const digest = sha256Of(padded);
    const changed = Buffer.concat([padded.subarray(0, -1), Buffer.from('!')]);
    const read = async (bytes: Buffer): Promise<number> => {
      let count = 0;
      const source = verified(chunked(bytes, [512]), { digest, size: padded.byteLength, subject: 'layer' });
      for await (const entry of readTar(source)) count += entry.header.name === '' ? 0 : 1;
      return count;
    };
    expect(await read(padded)).toBe(4);
    await expect(read(changed)).rejects.toThrow(/want digest/);
  });
});
