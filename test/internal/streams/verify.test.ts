import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { BadDigestError } from '../../../src/errors/invalid/digest.js';
import { DigestMismatchError, SizeMismatchError } from '../../../src/errors/invalid/mismatch.js';
import { hashed, verified } from '../../../src/internal/streams/verify.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { eventually } from '../../support/tools/open-handles.js';
import { readAll, sha256Of } from '../../support/tools/read-all.js';

const subject = 'blob';

describe('verified', () => {
  it('passes on the announced content, whatever its chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        async (bytes, sizes) => {
          const expectation = { digest: sha256Of(bytes), size: bytes.byteLength, subject };
          expect((await readAll(verified(chunked(bytes, sizes), expectation))).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  it('L4: fails for any changed byte and never reaches the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.nat(), async (bytes, at) => {
        const digest = sha256Of(bytes);
        const changed = Uint8Array.from(bytes);
        const place = at % bytes.byteLength;
        changed[place] = (changed[place] ?? 0) ^ 1;
        const stream = verified(chunked(changed), { digest, size: bytes.byteLength, subject });
        let ended = false;
        stream.on('end', () => (ended = true));
        await expect(readAll(stream)).rejects.toThrow(DigestMismatchError);
        expect(ended).toBe(false);
      }),
    );
  });

  it('L5: fails on the first byte too many, without waiting for the rest and without passing it on', async () => {
    const bytes = Buffer.from('exactly this');
    const stream = verified(stalled(Buffer.concat([bytes, Buffer.from('!')])), {
      digest: sha256Of(bytes),
      size: bytes.byteLength,
      subject,
    });
    const seen: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => seen.push(chunk));
    const error = await new Promise((resolve) => stream.once('error', resolve));
    expect(error).toBeInstanceOf(SizeMismatchError);
    expect(error).toMatchObject({ expected: 12, actual: 13 });
    expect(Buffer.concat(seen).byteLength).toBeLessThanOrEqual(12);
  });

  it('L6: fails on content that is too short, with both sizes', async () => {
    const stream = verified(chunked(Buffer.from('abc')), {
      digest: sha256Of(Buffer.from('abcd')),
      size: 4,
      subject,
    });
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'SIZE_MISMATCH', expected: 4, actual: 3 });
  });

  it('checks only the digest if the size is not known', async () => {
    const digest = sha256Of(Buffer.from('abc'));
    expect((await readAll(verified(chunked(Buffer.from('abc')), { digest, subject }))).toString()).toBe(
      'abc',
    );
    await expect(readAll(verified(chunked(Buffer.from('abcd')), { digest, subject }))).rejects.toThrow(
      /want digest/,
    );
  });

  it('verifies sha512 and the empty content', async () => {
    const { stream, tally } = hashed(chunked(Buffer.from('x')), 'sha512');
    await readAll(stream);
    const again = verified(chunked(Buffer.from('x')), { digest: tally.digest(), size: 1, subject });
    expect((await readAll(again)).toString()).toBe('x');
    const empty = verified(chunked(Buffer.alloc(0)), { digest: sha256Of(Buffer.alloc(0)), size: 0, subject });
    expect((await readAll(empty)).byteLength).toBe(0);
  });

  it('destroys the source when it is destroyed, fails, or was given no digest', async () => {
    const digest = sha256Of(Buffer.alloc(0));
    const left = stalled();
    verified(left, { digest, subject }).destroy();
    expect(await eventually(() => left.destroyed)).toBe(true);

    const wrong = stalled(Buffer.from('too much'));
    await expect(readAll(verified(wrong, { digest, size: 3, subject }))).rejects.toThrow(SizeMismatchError);
    expect(wrong.destroyed).toBe(true);

    const unnamed = stalled();
    expect(() => verified(unnamed, { digest: 'sha256:no', subject })).toThrow(BadDigestError);
    expect(unnamed.destroyed).toBe(true);
  });

  it('fails with the error of its source', async () => {
    const stream = verified(failing(Buffer.from('ab'), new Error('broke')), {
      digest: sha256Of(Buffer.from('ab')),
      subject,
    });
    await expect(readAll(stream)).rejects.toThrow('broke');
  });
});

describe('hashed', () => {
  it('knows the size and digest of the bytes that passed', async () => {
    const { stream, tally } = hashed(Readable.from([Buffer.from('ab'), Buffer.from('c')]));
    expect((await readAll(stream)).toString()).toBe('abc');
    expect(tally.size).toBe(3);
    expect(tally.digest()).toBe(sha256Of(Buffer.from('abc')));
    expect(tally.digest()).toBe(sha256Of(Buffer.from('abc')));
  });
});
