import net, { type Socket } from 'node:net';
import { hangUp } from '../server/send-response.js';
import { type Listening, type ListenOptions, listenTcp } from '../server/listening.js';
import { pump } from './pump.js';
import type { Toxic } from './toxic.js';

export interface TcpProxyOptions extends Pick<ListenOptions, 'address'> {
  /** Done to what clients send; every connection has its own count of bytes. */
  readonly up?: readonly Toxic[] | undefined;
  /** Done to what the target answers. */
  readonly down?: readonly Toxic[] | undefined;
}

/** A proxy that knows nothing of what passes. */
export interface TcpProxy extends Listening {
  /** Bytes that were passed on so far. */
  readonly bytes: { readonly up: number; readonly down: number };
}

/** Stands in front of any server, TLS or not, and does harm to the bytes of every connection. */
export async function tcpProxy(
  target: { readonly port: number; readonly address?: string | undefined },
  options: TcpProxyOptions = {},
): Promise<TcpProxy> {
  const { up = [], down = [] } = options;
  const bytes = { up: 0, down: 0 };
  const server = await listenTcp((client, { closed }) => {
    const far = net.connect({ host: target.address ?? '127.0.0.1', port: target.port, allowHalfOpen: true });
    const over = new AbortController();
    const end = (): void => {
      // Whoever has aborted before ends the connections in his way.
      if (over.signal.aborted && !closed.aborted) return;
      over.abort();
      client.destroy();
      far.destroy();
    };
    closed.addEventListener('abort', end, { once: true });
    for (const socket of [client, far]) {
      socket.on('error', end);
      socket.once('close', () => {
        closed.removeEventListener('abort', end);
        if (client.destroyed && far.destroyed) over.abort();
      });
    }
    const carry = (from: Socket, to: Socket, way: 'up' | 'down', toxics: readonly Toxic[]): void => {
      const onBytes = (count: number): number => (bytes[way] += count);
      // A toxic that stops reading must not end the connection by itself: it may want an RST.
      const bytesOf = from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      pump(bytesOf, to, { toxics, length: undefined, over: over.signal, onBytes }).then(async (by) => {
        if (by === undefined) return;
        over.abort();
        await Promise.all([hangUp(client, by), hangUp(far, by)]);
      }, end);
    };
    carry(client, far, 'up', up);
    carry(far, client, 'down', down);
  }, options);
  return { ...server, bytes };
}
