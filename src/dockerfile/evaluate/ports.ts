import { isIP } from 'node:net';
import { Problem } from '../parts/problem.js';

const MAX_PORT = 65_535;
const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

/** The parts of an argument of EXPOSE. */
interface Port {
  /** The first port of a range, or the only one. */
  readonly first: number;
  readonly last: number;
  /** The protocol as it is written; `tcp` if it is not. */
  readonly writtenProtocol: string;
  /** Whether a port or an address of the host is written. */
  readonly hasHost: boolean;
}

/**
 * The ports of one argument of EXPOSE, each as `80/tcp`. The forms are `80`, `80/udp`, `100-102`, and those with a port
 * or an address of the host, such as `127.0.0.1:8080:80`, whose host part is checked but has no effect.
 *
 * @throws Problem if the text is not a port
 */
export function parsePorts(text: string): readonly string[] {
  const { first, last, writtenProtocol } = parsePort(text);
  const protocol = writtenProtocol.toLowerCase();
  return Array.from({ length: last - first + 1 }, (_, at) => `${first + at}/${protocol}`);
}

/**
 * Reads one argument of EXPOSE, without a list of the ports of a range.
 *
 * @throws Problem if the text is not a port
 */
export function parsePort(text: string): Port {
  const parts = text.split(':');
  const container = parts.at(-1) ?? '';
  const host = (parts.length > 1 ? parts.at(-2) : undefined) ?? '';
  const address = parts.length > 2 ? parts.slice(0, -2).join(':') : '';
  const [range = '', protocol = ''] = splitAt(container, '/');
  const writtenProtocol = protocol === '' ? 'tcp' : protocol;
  if (!PROTOCOLS.has(writtenProtocol.toLowerCase()))
    throw invalid(text, `the protocol ${JSON.stringify(protocol)} is unknown`);
  if (address !== '' && isIP(address.replace(/^\[(.*)\]$/, '$1')) === 0)
    throw invalid(text, `${JSON.stringify(address)} is not an IP address`);
  const { first, last } = rangeOf(range, text);
  if (host !== '') {
    const hosts = rangeOf(host, text);
    if (last - first !== hosts.last - hosts.first && last !== first)
      throw invalid(text, 'the two ranges differ in length');
  }
  return { first, last, writtenProtocol, hasHost: host !== '' || address !== '' };
}

function rangeOf(text: string, whole: string): { readonly first: number; readonly last: number } {
  const [start = '', end = start] = splitAt(text, '-');
  const [first, last] = [portOf(start, whole), portOf(end, whole)];
  if (last < first) throw invalid(whole, 'the range ends before it begins');
  return { first, last };
}

function portOf(text: string, whole: string): number {
  // As in Go, a port may have a sign and leading zeros.
  const port = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (port >= 0 && port <= MAX_PORT) return port;
  throw invalid(whole, text === '' ? 'a port is empty' : `${JSON.stringify(text)} is not a port`);
}

/** Splits a text at the first separator; without one, the second part is missing. */
function splitAt(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string, reason: string): Problem {
  return new Problem('arguments', `${JSON.stringify(text)} is not a port to expose: ${reason}`, {
    hint: `write a port from 0 to ${MAX_PORT}, perhaps with /tcp, /udp or /sctp`,
  });
}
