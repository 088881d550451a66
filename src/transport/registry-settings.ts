import type { TlsOptions } from './client.js';
import type { RequestLimits } from './gate.js';

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

/** What is particular about one host. */
export interface RegistrySettings
  extends RouteSettings, RequestLimits, Omit<TlsOptions, 'insecureSkipVerify'> {
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
