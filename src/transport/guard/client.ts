import type { Readable } from 'node:stream';
import type { TransportStep } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Certificates and trust for one registry, in PEM. */
export interface TlsOptions {
  /** Trusted in addition to the system's authorities. */
  readonly ca?: string | readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Accepts any certificate. */
  readonly insecureSkipVerify?: boolean | undefined;
}

/** Decides whether a resolved address may be connected to; throws to refuse. */
export type AddressGuard = (address: string, hostname: string) => void;

/** One request on the wire, without redirects, retries or decompression. */
export interface HttpRequest extends AbortOptions {
  readonly method: HttpMethod;
  readonly url: URL;
  /** What the request is for; errors repeat it. */
  readonly step?: TransportStep | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent once; the client owns the stream and destroys it on every path. */
  readonly body?: Readable | Uint8Array | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Longest wait for the headers of the response, if that is less than the client's own. */
  readonly headersTimeoutMs?: number | undefined;
  /** Bytes of a blob that the server takes in before it responds The client waits longer for many. */
  readonly commits?: number | undefined;
  /** Asked with every address before the connection is made, IP literals too. */
  readonly guard?: AddressGuard | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers are joined with `, `, as HTTP allows. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The raw bytes. The caller owns the stream: drain it or destroy it. */
  readonly body: Readable;
}

/**
 * Sends single HTTP requests. Programs that have an HTTP stack of their own implement this;
 * redirects, retries, credentials and caps stay with this package.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Ends idle connections. */
  close?(): Promise<void>;
}
