import { createHash, type Hash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';

import { BadDigestError } from '../../errors/invalid/digest.js';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { discard, ignoreLateErrors } from './consume.js';
import { type DigestAlgorithm, parseDigest } from './digest.js';
import { inheritBudget } from './budget.js';
import { inheritDisposable } from './disposable.js';
import { ONE_CHUNK } from './generated.js';
import { markVerified, verifiedAs } from './verified-mark.js';

/** The digest and size that a stream of bytes must have. */
export interface ExpectedContent {
  readonly digest: string;
  /** Not checked if undefined. */
  readonly size?: number | undefined;
  /** The start of an error's message, such as `blob sha256:...`. */
  readonly subject: string;
  /** The hint of an error about another digest. */
  readonly hint?: string | undefined;
}

/** Counts and hashes bytes as they pass. */
export interface Tally {
  update(chunk: Uint8Array): void;
  /** Bytes seen so far. */
  readonly size: number;
  /** The digest of all bytes as `algorithm:hex`. After this call, `update` is an error. */
  digest(): string;
}

export function tally(algorithm: DigestAlgorithm = 'sha256'): Tally {
  return new RunningTally(algorithm);
}

function byteCounter(digest: string): Tally {
  let size = 0;
  return {
    update(chunk) {
      size += chunk.byteLength;
    },
    get size() {
      return size;
    },
    digest: () => digest,
  };
}

class RunningTally implements Tally {
  readonly #algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  #digest: string | undefined;
  size = 0;

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.size += chunk.byteLength;
  }

  digest(): string {
    return (this.#digest ??= `${this.#algorithm}:${this.#hash.digest('hex')}`);
  }
}

/**
 * Passes on the bytes of `source`, and fails instead of ending if they do not have the expected size and digest.
 * One byte too many fails at once; too few or different bytes fail where the stream would end.
 *
 * Owns the source: destroying the result destroys it.
 *
 * @throws BadDigestError at once, if `expected.digest` is not a valid digest.
 */
export function verified(source: Readable, expected: ExpectedContent): Readable {
  const parsed = parseDigest(expected.digest);
  if (parsed === undefined) {
    discard(source);
    throw new BadDigestError(expected.digest);
  }
  const { digest, size, subject, hint } = expected;
  const seen = tally(parsed.algorithm);
  const checked = observe(source, {
    onChunk(chunk) {
      if (size !== undefined && seen.size + chunk.byteLength > size) {
        throw new SizeMismatchError(subject, size, size + 1);
      }
      seen.update(chunk);
    },
    onEnd() {
      if (size !== undefined && seen.size !== size) throw new SizeMismatchError(subject, size, seen.size);
      const actual = seen.digest();
      if (actual !== digest) throw new DigestMismatchError(subject, digest, actual, { hint });
    },
  });
  return markVerified(checked, digest);
}

/**
 * Checks that bytes have the size and the digest of their descriptor.
 *
 * @throws SizeMismatchError or DigestMismatchError, with `subject` at the start of its message, if they do not.
 */
export function checkBytes(
  subject: string,
  bytes: Uint8Array,
  expected: { readonly digest: string; readonly size: number },
): void {
  const parsed = parseDigest(expected.digest);
  if (parsed === undefined) throw new BadDigestError(expected.digest);
  if (bytes.byteLength !== expected.size)
    throw new SizeMismatchError(subject, expected.size, bytes.byteLength);
  const hash = tally(parsed.algorithm);
  hash.update(bytes);
  const actual = hash.digest();
  if (actual !== expected.digest) throw new DigestMismatchError(subject, expected.digest, actual);
}

/** A stream, and the size and digest of the bytes that passed through it. */
export interface Hashed {
  readonly stream: Readable;
  readonly tally: Pick<Tally, 'size' | 'digest'>;
}

/**
 * Passes on the bytes of `source`, and counts and hashes them. Owns the source like {@link verified}. The bytes of
 * a stream that checks itself are only counted: if it ends, it has the digest that it checks.
 */
export function hashed(source: Readable, algorithm: DigestAlgorithm = 'sha256'): Hashed {
  const verifiedDigest = verifiedAs(source);
  const seen =
    verifiedDigest?.startsWith(`${algorithm}:`) === true ? byteCounter(verifiedDigest) : tally(algorithm);
  const stream = observe(source, {
    onChunk(chunk) {
      seen.update(chunk);
    },
  });
  return { stream, tally: seen };
}

interface Observer {
  onChunk(chunk: Buffer): void;
  onEnd?(): void;
}

function observe(source: Readable, observer: Observer): Readable {
  const observed = new Transform({
    highWaterMark: ONE_CHUNK,
    transform(chunk: Buffer, _encoding, callback) {
      try {
        observer.onChunk(chunk);
      } catch (error) {
        callback(error as Error);
        return;
      }
      callback(null, chunk);
    },
    flush(callback) {
      try {
        observer.onEnd?.();
      } catch (error) {
        callback(error as Error);
        return;
      }
      callback();
    },
  });
  ignoreLateErrors(observed);
  // The reader gets the error from the returned stream.
  pipeline(source, observed, () => undefined);
  return inheritBudget(source, inheritDisposable(source, observed));
}
