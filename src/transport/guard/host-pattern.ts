import { printable } from '../../internal/printable.js';
import { portOf } from './endpoint.js';

/** Hosts that somebody named: one, all below a domain, with one port or with any. */
export interface HostPattern {
  readonly scheme: 'http' | 'https' | undefined;
  /** As URLs write it; with `*.` in front for all hosts below a domain. */
  readonly host: string;
  /** Undefined for every port. */
  readonly port: string | undefined;
}

const PATTERN = /^(?:(https?):\/\/)?(\*\.)?(\[[\da-f:.]+\]|[^\s/*@?#\\:[\]]+)(?::(\d{1,5}))?\/?$/;

/** Reads `host`, `host:port`, `https://host[:port]` or `*.domain`; undefined for anything else. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const [, scheme, wildcard = '', name = '', port] = PATTERN.exec(text.toLowerCase()) ?? [];
  if (name === '' || !URL.canParse(`http://${name}`)) return undefined;
  // The URL parser knows one spelling for each name and address.
  const host = wildcard + new URL(`http://${name}`).hostname;
  return { scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined, host, port };
}

/** @throws TypeError on an entry that names no host. */
export function hostPatterns(option: string, texts: readonly string[]): readonly HostPattern[] {
  return texts.map((text) => {
    const pattern = parseHostPattern(text);
    if (pattern !== undefined) return pattern;
    throw new TypeError(
      `\`${option}\` takes host, host:port, https://host or *.domain, not ${printable(text, 256)}`,
    );
  });
}

/** Whether the host of a URL is among those that were named. */
export function matchesHost(patterns: readonly HostPattern[], url: URL): boolean {
  return patterns.some(({ scheme, host, port }) => {
    if (scheme !== undefined && `${scheme}:` !== url.protocol) return false;
    if (port !== undefined && port !== portOf(url)) return false;
    return host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : host === url.hostname;
  });
}
