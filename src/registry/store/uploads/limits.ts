import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

export interface UploadLimits {
  readonly uploadTtlMs: number;
  readonly maxIdleUploadBytes: number;
  readonly maxUploads: number;
  readonly maxUploadsPerRepository: number;
  readonly maxUploadsPerClient: number;
}

/**
 * What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, of which each machine has all addresses.
 * A request that has no address came through a socket file; all of these are one client.
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
