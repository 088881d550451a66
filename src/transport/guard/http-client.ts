import type { Readable } from 'node:stream';
import type { TransportStep } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/** The HTTP methods that the registry protocol uses. */
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Certificates and trust for one registry, in PEM. */
export interface TlsOptions {
  /** Certificates of authorities that are trusted in addition to those of the system. */
  readonly ca?: string | readonly string[] | undefined;
  /** Client certificate, which may be followed by intermediate ones. It requires `key`. */
  readonly cert?: string | undefined;
  /** Private key of `cert`, not encrypted. */
  readonly key?: string | undefined;
  /** Accepts any certificate of the server. @default false */
  readonly insecureSkipVerify?: boolean | undefined;
}

/** Decides whether a resolved address may be connected to; throws to refuse. */
export type AddressGuard = (address: string, hostname: string) => void;

/** One request on the wire, without redirects, retries or decompression. */
export interface HttpRequest extends AbortOptions {
  readonly method: HttpMethod;
  /** An http or https URL. Its query may hold a signature, so do not log it as it is. */
  readonly url: URL;
  /** The purpose of the request; errors repeat it. @default 'request' */
  readonly step?: TransportStep | undefined;
  /** The names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client sends the body once. It owns a stream, and destroys it whether the request succeeds or fails. */
  readonly body?: Readable | Uint8Array | undefined;
  /** Certificates and trust for the host of `url`. @default the trust of the system, and no client certificate */
  readonly tls?: TlsOptions | undefined;
  /** Longest wait for the headers of the response. It counts only if it is shorter than the client's own limit. */
  readonly headersTimeoutMs?: number | undefined;
  /** Bytes of a blob that the server moves and checks before it responds. The client waits longer if there are many. */
  readonly commitBytes?: number | undefined;
  /** The client must call this with each address before it connects to it, IP literals included. */
  readonly guard?: AddressGuard | undefined;
}

/** The response to one request, as soon as its headers have arrived. */
export interface HttpResponse {
  /** The status code. Any status is a response: the client does not throw for 404 or 500. */
  readonly status: number;
  /** The names are in lower case; repeated headers are joined with `, `, as HTTP allows. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The raw bytes, without decompression. The caller owns the stream: drain it or destroy it. */
  readonly body: Readable;
}

/**
 * Sends single HTTP requests. A program that has an HTTP stack of its own implements this interface; redirects,
 * retries, credentials and caps stay with this package.
 */
export interface HttpClient {
  /**
   * Sends one request. The promise resolves when the headers of the response have arrived.
   *
   * It rejects if there is no response: with the reason of the signal after an abort, and with any error otherwise,
   * which this package turns into a TransportError.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections. Connections in use close when their request has ended. */
  close?(): Promise<void>;
}
