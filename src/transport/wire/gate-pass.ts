import type { Readable } from 'node:stream';

/** One request under way, as the gate sees it. */
export interface GatePass {
  /** From now on the request is this body; `leave` is called when it has ended. */
  occupy(body: Readable, leave: () => void): void;
  /** Whether nobody has read the body since this was last asked. */
  isAbandoned(): boolean;
}

export function newGatePass(): GatePass {
  let body: Readable | undefined;
  let buffered = -1;
  return {
    occupy(opened, leave) {
      if (opened.destroyed || opened.readableEnded) {
        leave();
        return;
      }
      body = opened;
      opened.once('close', leave);
      opened.once('end', leave);
    },
    isAbandoned() {
      if (body === undefined) return false;
      const before = buffered;
      buffered = body.readableLength;
      return !isAttended(body) || (buffered > 0 && buffered === before);
    },
  };
}

/** Whether anybody has begun to read. */
function isAttended(body: Readable): boolean {
  return body.readableFlowing !== null || body.listenerCount('readable') > 0;
}
