import type { Readable } from 'node:stream';

const marks = new WeakMap<Readable, string>();

/** Marks a stream that fails instead of ending if its bytes do not hash to `digest`. */
export function markVerified(stream: Readable, digest: string): Readable {
  marks.set(stream, digest);
  return stream;
}

/** The digest that a stream checks its own bytes against; undefined if it checks none. */
export function verifiedAs(stream: Readable): string | undefined {
  return marks.get(stream);
}

/** Whether a stream checks its own bytes against this digest, so that a sink need not hash them again. */
export function isVerifiedAs(stream: Readable, digest: string): boolean {
  return marks.get(stream) === digest;
}
