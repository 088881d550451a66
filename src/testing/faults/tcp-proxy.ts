import net, { type Socket } from 'node:net';
import { hangUp } from '../server/send-response.js';
import { type LoopbackServer, type ListenOptions, listenTcp } from '../server/loopback-server.js';
import { pump } from './pump.js';
import type { Toxic } from './toxic.js';

/** The faults of a {@link tcpProxy}, and where it listens. */
export interface TcpProxyOptions extends Pick<ListenOptions, 'address'> {
  /** Toxics for the bytes that clients send. Each connection counts its bytes from 0. */
  readonly up?: readonly Toxic[] | undefined;
  /** Toxics for the bytes that the target sends. Each connection counts its bytes from 0. */
  readonly down?: readonly Toxic[] | undefined;
}

/** A running proxy for TCP connections. It does not interpret their bytes. */
export interface TcpProxy extends LoopbackServer {
  /** The number of bytes that the proxy has forwarded so far, over all connections. */
  readonly bytes: { readonly up: number; readonly down: number };
}

/** Starts a proxy in front of any TCP server, also one with TLS. It injects faults into the bytes of each connection. */
export async function tcpProxy(
  target: { readonly port: number; readonly address?: string | undefined },
  options: TcpProxyOptions = {},
): Promise<TcpProxy> {
  const { up = [], down = [] } = options;
  const bytes = { up: 0, down: 0 };
  const server = await listenTcp((client, { closed }) => {
    const upstream = net.connect({
      host: target.address ?? '127.0.0.1',
      port: target.port,
      allowHalfOpen: true,
    });
    const ended = new AbortController();
    const end = (): void => {
      // A toxic that cut the connections has aborted `ended` before, and ends them itself.
      if (ended.signal.aborted && !closed.aborted) return;
      ended.abort();
      client.destroy();
      upstream.destroy();
    };
    closed.addEventListener('abort', end, { once: true });
    for (const socket of [client, upstream]) {
      socket.on('error', end);
      socket.once('close', () => {
        closed.removeEventListener('abort', end);
        if (client.destroyed && upstream.destroyed) ended.abort();
      });
    }
    const carry = (from: Socket, to: Socket, direction: 'up' | 'down', toxics: readonly Toxic[]): void => {
      const onBytes = (count: number): number => (bytes[direction] += count);
      // The end of iteration must not destroy the socket: the toxic that stops reading may want a reset instead.
      const bytesOf = from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      pump(bytesOf, to, { toxics, length: undefined, ended: ended.signal, onBytes }).then(
        async (hangUpBy) => {
          if (hangUpBy === undefined) return;
          ended.abort();
          await Promise.all([hangUp(client, hangUpBy), hangUp(upstream, hangUpBy)]);
        },
        end,
      );
    };
    carry(client, upstream, 'up', up);
    carry(upstream, client, 'down', down);
  }, options);
  return { ...server, bytes };
}
