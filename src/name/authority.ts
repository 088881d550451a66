import { isIPv4, isIPv6 } from 'node:net';
import { badCharacter, isAlphanumeric, type Refusal } from './grammar.js';

/** A registry's host and port in lower case. */
export interface Authority {
  /** The host; an IPv6 address is in brackets. */
  readonly host: string;
  readonly port: string | undefined;
}

/**
 * Parses `host[:port]`: a host name, a dotted IPv4 address or an IPv6 address in brackets.
 *
 * A host that a URL would read differently, such as `127.1` or `0x7f.1`, is refused.
 */
export function parseAuthority(text: string): Authority | Refusal {
  // go-containerregistry accepts this address without brackets, and no other.
  if (text === '::1') return { host: '[::1]', port: undefined };
  const split = splitPort(text);
  if (split === undefined) {
    return {
      reason: 'the registry contains several colons',
      hint: 'write an IPv6 address in brackets, as in [::1]:5000',
    };
  }
  const [host, port] = split;
  const refusal = (port === undefined ? undefined : checkPort(port)) ?? checkHost(host);
  return refusal ?? { host: canonicalHost(host), port };
}

export function isRefusal(result: Authority | Refusal): result is Refusal {
  return 'reason' in result;
}

/** Whether the host is `localhost`, a name below it, in 127.0.0.0/8, or ::1. By definition these do not leave this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return true;
  return isIPv4(host) && host.startsWith('127.');
}

/** Splits host and port; undefined if there is more than one colon outside brackets. */
function splitPort(text: string): readonly [string, string | undefined] | undefined {
  const start = text.startsWith('[') ? text.indexOf(']') + 1 : 0;
  const colon = text.indexOf(':', start);
  if (colon === -1) return [text, undefined];
  if (text.includes(':', colon + 1)) return undefined;
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function checkPort(port: string): Refusal | undefined {
  const isNumber = /^[1-9][0-9]{0,4}$/.test(port);
  return isNumber && Number(port) <= 65_535
    ? undefined
    : { reason: "the registry's port is not a number from 1 to 65535" };
}

function checkHost(host: string): Refusal | undefined {
  if (host === '') return { reason: "the registry's host is empty" };
  if (host.startsWith('[')) {
    // isIPv6 accepts a zone after a percent sign, but a zone has a meaning on one machine only.
    const isAddress = host.endsWith(']') && isIPv6(host.slice(1, -1)) && !host.includes('%');
    return isAddress ? undefined : { reason: 'the registry is not an IPv6 address in brackets' };
  }
  if (host.length > 253) return { reason: "the registry's host is longer than 253 characters" };
  for (const character of host) {
    if (character === '_') return UNDERSCORE;
    if (!isAlphanumeric(character) && character !== '.' && character !== '-') {
      return badCharacter("the registry's host", character);
    }
  }
  return checkLabels(host);
}

function checkLabels(host: string): Refusal | undefined {
  const labels = host.split('.');
  for (const label of labels) {
    if (label === '') return EMPTY_LABEL;
    if (label.length > 63) return { reason: "a label of the registry's host is longer than 63 characters" };
    if (label.startsWith('-') || label.endsWith('-')) {
      return { reason: "a label of the registry's host starts or ends with a dash" };
    }
  }
  // URLs read every host whose last label is a number as an IPv4 address.
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')) return isIPv4(host) ? undefined : NOT_IPV4;
  // Punycode that cannot be decoded is an error in a URL, and a URL would change an unusual spelling.
  const isPunycode = labels.some((label) => /^xn--/i.test(label));
  return isPunycode && !isUrlHost(host) ? { reason: "the registry's host is not valid Punycode" } : undefined;
}

const UNDERSCORE: Refusal = {
  reason: "the registry's host contains an underscore",
  hint: 'host names have dashes only',
};
const EMPTY_LABEL: Refusal = {
  reason: "the registry's host has an empty label",
  hint: 'remove the extra dot',
};
const NOT_IPV4: Refusal = {
  reason: 'the registry is not an IPv4 address',
  hint: 'write four decimal numbers from 0 to 255 without leading zeros',
};

function isUrlHost(host: string): boolean {
  return URL.canParse(`http://${host}`) && new URL(`http://${host}`).hostname === host.toLowerCase();
}

function canonicalHost(host: string): string {
  return host.startsWith('[') ? new URL(`http://${host}`).hostname : host.toLowerCase();
}
