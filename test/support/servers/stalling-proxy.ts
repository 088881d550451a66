import { tcpProxy, type TcpProxy } from '../../../src/testing/faults/tcp-proxy.js';
import type { Toxic } from '../../../src/testing/faults/toxic.js';

/** A proxy that stops passing bytes in one direction, after a number of bytes of a connection, until `letGo` is called. */
export interface StallingProxy extends TcpProxy {
  /** Resolves when a connection stands still. */
  readonly stalled: Promise<void>;
  /** Resets the connections that stand still, and lets every later one pass. */
  letGo(): void;
}

export async function stallingProxy(
  target: { readonly port: number },
  way: 'up' | 'down',
  after: number,
): Promise<StallingProxy> {
  let passing = false;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reportStall = (): void => undefined;
  const stalled = new Promise<void>((resolve) => {
    reportStall = resolve;
  });
  const stall: Toxic = async function* (bytes, link) {
    let left = after;
    for await (const chunk of bytes) {
      yield passing ? chunk : chunk.subarray(0, Math.max(left, 0));
      left -= chunk.length;
      if (passing || left > 0) continue;
      reportStall();
      await Promise.race([released, link.sleep(Infinity)]);
      link.cut('reset');
    }
  };
  const proxy = await tcpProxy(target, { [way]: [stall] });
  return {
    ...proxy,
    stalled,
    letGo: () => {
      passing = true;
      release();
    },
  };
}
