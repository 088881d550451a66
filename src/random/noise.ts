import { createCipheriv, createHash } from 'node:crypto';

/** Makes the next bytes of a sequence that its seed determines. */
export type Noise = (length: number) => Uint8Array;

/** Random bytes: the key stream of AES, which is fast, the same on every machine, and cannot be compressed. */
export function noise(seed: string): Noise {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  let zeros = Buffer.alloc(0);
  return (length) => {
    if (zeros.byteLength < length) zeros = Buffer.alloc(length);
    return cipher.update(zeros.subarray(0, length));
  };
}
