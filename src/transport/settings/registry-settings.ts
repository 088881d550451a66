import type { TlsOptions } from '../guard/client.js';
import type { RequestLimits } from '../wire/gate.js';

/** Another place that has the same content. */
export interface Mirror {
  /** `[https://]host[:port][/path]`; the path takes the place of what the settings are for. `http://` means insecure. */
  readonly location: string;
  /** Accepts any certificate, and plain http if the host speaks no TLS. */
  readonly insecure?: boolean | undefined;
  /**
   * Which manifests may come from here: by digest, by tag, or both. Blobs may in any case.
   *
   * @default 'all'
   */
  readonly pull?: 'all' | 'digest-only' | 'tag-only' | undefined;
}

/** Where the content of a registry, or of a part of its namespace, is read. Writes always go to the registry itself. */
export interface RouteSettings {
  /** Asked for manifests and blobs one after the other, before the registry itself. */
  readonly mirrors?: readonly (string | Mirror)[] | undefined;
  /** Asks mirrors for digests only: what a tag names is for the registry to say. */
  readonly mirrorByDigestOnly?: boolean | undefined;
  /** Read instead of the registry itself, after the mirrors. */
  readonly location?: string | undefined;
  /** Nothing is read or written there. */
  readonly blocked?: boolean | undefined;
  /** Accepts any certificate, and plain http if the host speaks no TLS. */
  readonly insecure?: boolean | undefined;
}

/** Whom registries may send requests to. Entries are `host`, `host:port`, `https://host` or `*.domain`. */
export interface TrustSettings {
  /**
   * Token servers that may see credentials though they share neither host nor registrable domain with the registry.
   * Without a port, an entry is for every port.
   */
  readonly trustedRealms?: readonly string[] | undefined;
  /**
   * Hosts that a registry may send requests to though they have private addresses and the registry a public one, or
   * speak plain http and the registry https. Entries as in `trustedRealms`.
   */
  readonly allowedHosts?: readonly string[] | undefined;
}

/** What is particular about one host. */
export interface RegistrySettings
  extends RouteSettings, RequestLimits, TrustSettings, Omit<TlsOptions, 'insecureSkipVerify'> {
  /** Sent to this host, and to no other one. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The settings that a part of a namespace, or a pattern of hosts, can have. */
export const routeMembers: ReadonlySet<string> = new Set([
  'mirrors',
  'mirrorByDigestOnly',
  'location',
  'blocked',
  'insecure',
] satisfies readonly (keyof RouteSettings)[]);
