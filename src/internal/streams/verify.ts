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

/** What a stream of bytes was announced to be. */
export interface ExpectedContent {
  readonly digest: string;
  /** Checked if known. */
  readonly size?: number | undefined;
  /** Starts the message of an error, such as `blob sha256:...`. */
  readonly subject: string;
  /** What to do about another digest. */
  readonly hint?: string | undefined;
}

/** Counts and hashes bytes as they pass. */
export interface Tally {
  update(chunk: Uint8Array): void;
  /** Bytes seen so far. */
  readonly size: number;
  /** `algorithm:hex` of all bytes; call it once they have all passed, after that `update` is an error. */
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
 * Passes the bytes of `source` on and fails instead of ending if they are not
 * what was announced: one byte too many at once, a short or different content
 * before the end is seen.
 *
 * Owns the source: destroying the result destroys it.
 *
 * @throws {@link BadDigestError} at once, if `expect.digest` is no digest.
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
    take(chunk) {
      if (size !== undefined && seen.size + chunk.byteLength > size) {
        throw new SizeMismatchError(subject, size, size + 1);
      }
      seen.update(chunk);
    },
    end() {
      if (size !== undefined && seen.size !== size) throw new SizeMismatchError(subject, size, seen.size);
      const actual = seen.digest();
      if (actual !== digest) throw new DigestMismatchError(subject, digest, actual, { hint });
    },
  });
  return markVerified(checked, digest);
}

/** A stream together with what passed through it so far. */
export interface Hashed {
  readonly stream: Readable;
  readonly tally: Pick<Tally, 'size' | 'digest'>;
}

/**
 * Passes the bytes of `source` on, counting and hashing them. Owns the source like {@link verified}. One that
 * checks itself is only counted: if it ends, its digest is the one that it was held to.
 */
export function hashed(source: Readable, algorithm: DigestAlgorithm = 'sha256'): Hashed {
  const verifiedDigest = verifiedAs(source);
  const seen =
    verifiedDigest?.startsWith(`${algorithm}:`) === true ? byteCounter(verifiedDigest) : tally(algorithm);
  const stream = observe(source, {
    take(chunk) {
      seen.update(chunk);
    },
  });
  return { stream, tally: seen };
}

interface Observer {
  take(chunk: Buffer): void;
  end?(): void;
}

function observe(source: Readable, observer: Observer): Readable {
  const observed = new Transform({
    highWaterMark: ONE_CHUNK,
    transform(chunk: Buffer, _encoding, callback) {
      try {
        observer.take(chunk);
      } catch (error) {
        callback(error as Error);
        return;
      }
      callback(null, chunk);
    },
    flush(callback) {
      try {
        observer.end?.();
      } catch (error) {
        callback(error as Error);
        return;
      }
      callback();
    },
  });
  ignoreLateErrors(observed);
  // The error reaches the reader through the stream that is returned.
  pipeline(source, observed, () => undefined);
  return inheritBudget(source, inheritDisposable(source, observed));
}
