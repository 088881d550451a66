import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import { BadDigestError } from '../errors/invalid/digest.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type DigestAlgorithm, parseDigest } from '../internal/streams/digest.js';
import { dispose, isDisposable } from '../internal/streams/disposable.js';

declare const hashBrand: unique symbol;

/**
 * A content digest such as `sha256:9f86...`: `sha256` or `sha512` and lower-case hex of exact length.
 *
 * A Hash is a string, so it compares with `===` and serves as a Map key. Only {@link newHash} and {@link isHash} turn
 * untrusted text into a Hash, so a Hash is always safe in a URL or a path.
 */
export type Hash = string & { readonly [hashBrand]: true };

/**
 * Parses `algorithm:hex`.
 *
 * @throws BadDigestError unless the text is `sha256:` or `sha512:` with lower-case hex of exact length.
 */
export function newHash(text: string): Hash {
  if (!isHash(text)) throw new BadDigestError(text);
  return text;
}

/** Whether {@link newHash} would accept the value. */
export function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && parseDigest(value) !== undefined;
}

/**
 * Starts a running hash in the given algorithm, by default sha256.
 *
 * @throws BadDigestError for any algorithm but `sha256` and `sha512`.
 */
export function hasher(algorithm = 'sha256'): Hasher {
  if (algorithm !== 'sha256' && algorithm !== 'sha512') throw new BadDigestError(algorithm);
  const hash = createHash(algorithm);
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    hash: () => newHash(`${algorithm}:${hash.digest('hex')}`),
  };
}

/** A running hash: feed it chunks, then ask for the digest. */
export interface Hasher {
  /** Adds the chunk to the hash; the chunk may be reused afterwards. */
  update(chunk: Uint8Array): void;
  /** Ends the computation and returns the digest. Call it once. */
  hash(): Hash;
}

/**
 * Hashes bytes, or a stream to its end, with sha256. Returns the digest, and the size in bytes.
 *
 * The function owns the stream: an error or an abort destroys it.
 */
export async function sha256(
  content: Readable | Uint8Array,
  { signal }: AbortOptions = {},
): Promise<{ hash: Hash; size: number }> {
  if (content instanceof Uint8Array) return { hash: sha256Bytes(content), size: content.byteLength };
  const running = hasher();
  const ownsChunks = isDisposable(content);
  let size = 0;
  if (signal !== undefined) addAbortSignal(signal, content);
  try {
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      running.update(chunk);
      size += chunk.byteLength;
      if (ownsChunks) dispose(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return { hash: running.hash(), size };
}

/** Hashes bytes with sha256. */
export function sha256Bytes(bytes: Uint8Array): Hash {
  return newHash(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/** The algorithm before the colon. */
export function hashAlgorithm(hash: Hash): DigestAlgorithm {
  return hash.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal digits after the colon. */
export function hashHex(hash: Hash): string {
  return hash.slice(hash.indexOf(':') + 1);
}
