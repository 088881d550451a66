import { printable } from '../../internal/printable.js';
import { portOf } from './endpoint.js';

/** An entry of an option that lists hosts: one host or all hosts below a domain, with one port or with any port. */
export interface HostPattern {
  readonly scheme: 'http' | 'https' | undefined;
  /** As a URL writes it; `*.` in front means all hosts below a domain. */
  readonly host: string;
  /** Undefined means every port. */
  readonly port: string | undefined;
}

const PATTERN = /^(?:(https?):\/\/)?(\*\.)?(\[[\da-f:.]+\]|[^\s/*@?#\\:[\]]+)(?::(\d{1,5}))?\/?$/;

/** Parses `host`, `host:port`, `https://host[:port]` or `*.domain`. Returns undefined for any other text. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const [, scheme, wildcard = '', name = '', port] = PATTERN.exec(text.toLowerCase()) ?? [];
  if (name === '' || !URL.canParse(`http://${name}`)) return undefined;
  // The URL parser gives each name and address one spelling.
  const host = wildcard + new URL(`http://${name}`).hostname;
  return { scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined, host, port };
}

/** @throws TypeError if an entry is not a host pattern. */
export function hostPatterns(option: string, texts: readonly string[]): readonly HostPattern[] {
  return texts.map((text) => {
    const pattern = parseHostPattern(text);
    if (pattern !== undefined) return pattern;
    throw new TypeError(
      `\`${option}\` takes host, host:port, https://host or *.domain, not ${printable(text, 256)}`,
    );
  });
}

/** Whether the host of a URL matches one of the patterns. */
export function matchesHost(patterns: readonly HostPattern[], url: URL): boolean {
  return patterns.some(({ scheme, host, port }) => {
    if (scheme !== undefined && `${scheme}:` !== url.protocol) return false;
    if (port !== undefined && port !== portOf(url)) return false;
    return host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : host === url.hostname;
  });
}
