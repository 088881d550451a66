import type { TlsOptions } from '../guard/http-client.js';
import type { RequestLimits } from '../wire/gate.js';

// Start reading this room here: `RegistrySettings` is an entry of the option `registries`, and `SessionOptions` (in
// session-options) has everything else. `host-settings` checks the entries, and `route-table` finds the entry and the
// mirrors for a repository.

/** A server that has a copy of the content. */
export interface Mirror {
  /** `[https://]host[:port][/path]`; the path replaces the prefix that the settings are for. `http://` means insecure. */
  readonly location: string;
  /** Accepts any certificate, and plain http if the host does not speak TLS. @default false */
  readonly insecure?: boolean | undefined;
  /**
   * The manifests that may come from here: those asked for by digest, by tag, or both. Blobs may always come from here.
   *
   * @default 'all'
   */
  readonly pull?: 'all' | 'digest-only' | 'tag-only' | undefined;
}

/**
 * The servers from which the content of a registry, or of a part of its namespace, is read. Writes always go to the
 * registry itself.
 */
export interface RouteSettings {
  /** Mirrors, as locations or objects. They are asked in this order, before the registry itself. @default none */
  readonly mirrors?: readonly (string | Mirror)[] | undefined;
  /** Asks mirrors for digests only, so that only the registry decides what a tag names. @default false */
  readonly mirrorByDigestOnly?: boolean | undefined;
  /** `host[:port][/path]` that is read instead of the registry itself, after the mirrors. @default the registry */
  readonly location?: string | undefined;
  /** Refuses every read and every write with a `RegistryBlockedError`. @default false */
  readonly blocked?: boolean | undefined;
  /** Accepts any certificate, and plain http if the host does not speak TLS. @default false */
  readonly insecure?: boolean | undefined;
}

/** The servers that a registry may send requests to. Entries are `host`, `host:port`, `https://host` or `*.domain`. */
export interface TrustSettings {
  /**
   * Token servers that may see credentials although they share neither host nor registrable domain with the registry.
   * An entry without a port matches every port. @default none
   */
  readonly trustedRealms?: readonly string[] | undefined;
  /**
   * Hosts that a registry may send requests to although they have a private address while the registry has a public
   * one, or speak plain http while the registry speaks https. @default none
   */
  readonly allowedHosts?: readonly string[] | undefined;
}

/** The settings of one host. */
export interface RegistrySettings
  extends RouteSettings, RequestLimits, TrustSettings, Omit<TlsOptions, 'insecureSkipVerify'> {
  /** Headers for requests to this host. No other host sees them. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The settings that a part of a namespace, or a pattern of hosts, can have. All others are for a host only. */
export const routeMembers: ReadonlySet<string> = new Set([
  'mirrors',
  'mirrorByDigestOnly',
  'location',
  'blocked',
  'insecure',
] satisfies readonly (keyof RouteSettings)[]);
