import type { Readable } from 'node:stream';

/** The permission of one request to be in progress, which a gate gives. */
export class GatePass {
  readonly #onLeave: (pass: GatePass) => void;
  #body: Readable | undefined;
  #buffered = -1;

  constructor(onLeave: (pass: GatePass) => void) {
    this.#onLeave = onLeave;
  }

  /** Gives the pass back. Further calls have no effect. */
  leave(): void {
    this.#onLeave(this);
  }

  /** Gives the pass back when this body has ended. Until then {@link isAbandoned} watches the body. */
  leaveAfter(body: Readable): void {
    const leave = this.leave.bind(this);
    if (body.destroyed || body.readableEnded) {
      leave();
      return;
    }
    this.#body = body;
    body.once('close', leave);
    body.once('end', leave);
  }

  /** Whether nothing has read from the body since the last call. */
  isAbandoned(): boolean {
    if (this.#body === undefined) return false;
    const before = this.#buffered;
    this.#buffered = this.#body.readableLength;
    return !hasReader(this.#body) || (this.#buffered > 0 && this.#buffered === before);
  }
}

/** Whether a reader has begun to read. */
function hasReader(body: Readable): boolean {
  return body.readableFlowing !== null || body.listenerCount('readable') > 0;
}
