import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** The limits of uploads; see the options of the registry with the same names. */
export interface UploadLimits {
  readonly uploadTtlMs: number;
  readonly maxIdleUploadBytes: number;
  readonly maxUploads: number;
  readonly maxUploadsPerRepository: number;
  readonly maxUploadsPerClient: number;
}

/**
 * The key by which clients are counted: an IPv4 address, or the first 64 bits of an IPv6 address, because one machine can use
 * all addresses of such a network. Requests through a socket file have no address and count as one client.
 */
export function clientOf({ socket }: IncomingMessage): string {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/i, '');
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1).join('').split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ?? '').split(':')];
  return all.slice(0, 4).join(':').toLowerCase();
}
