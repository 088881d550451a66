import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { BadDigestError } from '../../src/errors/invalid/digest.js';
import { hashAlgorithm, hasher, hashHex, isHash, newHash, sha256, sha256Bytes } from '../../src/v1/index.js';

const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const abc = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const abc512 =
  'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f';
const bytes = new TextEncoder().encode('abc');

describe('newHash', () => {
  it.each([empty, abc512])('accepts %s', (text) => {
    expect(newHash(text)).toBe(text);
    expect(`${hashAlgorithm(newHash(text))}:${hashHex(newHash(text))}`).toBe(text);
  });

  it.each([
    '',
    ':',
    'sha256',
    'sha256:',
    'sha256:../../x',
    empty.slice(0, -1),
    `${empty}0`,
    `${empty}\n`,
    ` ${empty}`,
    empty.toUpperCase(),
    empty.replace('e', 'E'),
    empty.replace('e', 'g'),
    empty.replace('sha256', 'sha512'),
    empty.replace('sha256', 'md5'),
    empty.replace('sha256', 'SHA256'),
    'a'.repeat(1_000_000),
  ])('L16: refuses %j', (text) => {
    expect(() => newHash(text)).toThrow(BadDigestError);
    expect(isHash(text)).toBe(false);
  });

  it('keeps the message of its error short for a long text', () => {
    expect(new BadDigestError('x'.repeat(100_000)).message.length).toBeLessThan(512);
  });
});

describe('sha256', () => {
  it('hashes bytes and streams', async () => {
    expect(sha256Bytes(bytes)).toBe(abc);
    expect(await sha256(bytes)).toEqual({ hash: abc, size: 3 });
    expect(await sha256(Readable.from([Buffer.from('a'), Buffer.from('bc')]))).toEqual({
      hash: abc,
      size: 3,
    });
    expect(await sha256(Readable.from([]))).toEqual({ hash: empty, size: 0 });
  });

  it('rejects with the error of a failed stream and destroys the stream', async () => {
    const stream = new Readable({
      read() {
        this.destroy(new Error('disk on fire'));
      },
    });
    await expect(sha256(stream)).rejects.toThrow('disk on fire');
    expect(stream.destroyed).toBe(true);
  });

  it('rejects with the reason of its signal and destroys the stream', async () => {
    const controller = new AbortController();
    const stream = new Readable({ read: () => undefined });
    const hashing = sha256(stream, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(hashing).rejects.toThrow('enough');
    expect(stream.destroyed).toBe(true);
  });

  it('does not start if its signal is aborted', async () => {
    const stream = new Readable({ read: () => undefined });
    await expect(sha256(stream, { signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow('late');
    expect(stream.destroyed).toBe(true);
  });
});

describe('hasher', () => {
  it('hashes chunk by chunk with sha256 and sha512', () => {
    for (const [algorithm, hash] of [
      [undefined, abc],
      ['sha256', abc],
      ['sha512', abc512],
    ] as const) {
      const running = hasher(algorithm);
      running.update(bytes.subarray(0, 1));
      running.update(bytes.subarray(1));
      expect(running.hash()).toBe(hash);
    }
  });

  it('refuses other algorithms', () => {
    expect(() => hasher('md5')).toThrow(BadDigestError);
  });
});
