import { channel } from 'node:diagnostics_channel';

/**
 * Names of the `node:diagnostics_channel` channels on which every exchange is told. Messages hold neither credentials
 * nor signed query parameters.
 */
export const diagnosticsChannels = {
  /** {@link RequestEvent}, before a request is sent. */
  request: 'containerregistry:request',
  /** {@link ResponseEvent}, when the headers of its answer are there. */
  response: 'containerregistry:response',
  /** {@link WaitEvent}, when a response is late. */
  wait: 'containerregistry:wait',
  /** {@link RetryEvent}, before the wait for another attempt. */
  retry: 'containerregistry:retry',
  /** {@link TokenEvent}, when a token server gave a token. */
  token: 'containerregistry:token',
  /** {@link FallbackEvent}, when a mirror failed and the next place is asked. */
  fallback: 'containerregistry:fallback',
  /** {@link ResumeEvent}, when a blob goes on after its connection broke, or where another process left off. */
  resume: 'containerregistry:resume',
  /** {@link BlobEvent}, when a blob came to its end, one way or another. */
  blob: 'containerregistry:blob',
} as const;

export interface RequestEvent {
  readonly method: string;
  readonly url: string;
}

export interface ResponseEvent extends RequestEvent {
  readonly status: number;
  readonly durationMs: number;
}

/** A server that has the whole request, and has not begun to respond. */
export interface WaitEvent extends RequestEvent {
  readonly waitedMs: number;
  /** How long it is waited for altogether. */
  readonly limitMs: number;
}

export interface RetryEvent {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: Error;
}

export interface TokenEvent {
  readonly realm: string;
  readonly scopes: readonly string[];
  readonly expiresInMs: number;
}

/** A blob on its way from or to a registry. */
export interface Transfer {
  readonly direction: 'download' | 'upload';
  /** Such as `index.docker.io/library/busybox`. */
  readonly repository: string;
  /** Unknown until a one-shot stream was read to its end. */
  readonly digest?: string | undefined;
  /** Bytes of the blob, if they are known. */
  readonly size?: number | undefined;
}

export interface ResumeEvent extends Transfer {
  /** The byte from which the transfer goes on; 0 if it starts anew. */
  readonly offset: number;
}

export interface BlobEvent extends Transfer {
  /** `dropped` is a download whose reader left, `existing` and `mounted` are blobs that needed no upload. */
  readonly outcome: 'done' | 'failed' | 'dropped' | 'existing' | 'mounted';
  /** How far into the blob it came. */
  readonly transferred: number;
  readonly durationMs: number;
}

export interface FallbackEvent {
  /** Host and repository. */
  readonly mirror: string;
  readonly error: Error;
}

interface Events {
  readonly request: RequestEvent;
  readonly response: ResponseEvent;
  readonly wait: WaitEvent;
  readonly retry: RetryEvent;
  readonly token: TokenEvent;
  readonly fallback: FallbackEvent;
  readonly resume: ResumeEvent;
  readonly blob: BlobEvent;
}

const channels = {
  request: channel(diagnosticsChannels.request),
  response: channel(diagnosticsChannels.response),
  wait: channel(diagnosticsChannels.wait),
  retry: channel(diagnosticsChannels.retry),
  token: channel(diagnosticsChannels.token),
  fallback: channel(diagnosticsChannels.fallback),
  resume: channel(diagnosticsChannels.resume),
  blob: channel(diagnosticsChannels.blob),
};

/** Tells those who listen; the message is made for them only. */
export function publish<K extends keyof Events>(name: K, message: () => Events[K]): void {
  if (channels[name].hasSubscribers) channels[name].publish(message());
}

/** Whether anybody listens: what a message needs is gathered only then. */
export function isHeard(name: keyof Events): boolean {
  return channels[name].hasSubscribers;
}
