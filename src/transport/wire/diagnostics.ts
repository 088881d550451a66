import { channel } from 'node:diagnostics_channel';

/**
 * Names of the `node:diagnostics_channel` channels on which every exchange is published. Messages contain neither
 * credentials nor signed query parameters. They are created only if a channel has subscribers.
 */
export const diagnosticsChannels = {
  /** {@link RequestEvent}, before a request is sent. */
  request: 'containerregistry:request',
  /** {@link ResponseEvent}, when the headers of a response have arrived. */
  response: 'containerregistry:response',
  /** {@link WaitEvent}, when a response is late. */
  wait: 'containerregistry:wait',
  /** {@link RetryEvent}, before the wait for another attempt. */
  retry: 'containerregistry:retry',
  /** {@link TokenEvent}, when a token server has issued a token. */
  token: 'containerregistry:token',
  /** {@link FallbackEvent}, when a mirror has failed and the next source is asked. */
  fallback: 'containerregistry:fallback',
  /** {@link ResumeEvent}, when the transfer of a blob is resumed, in this process or after another one. */
  resume: 'containerregistry:resume',
  /** {@link BlobEvent}, when the transfer of a blob has ended, successfully or not. */
  blob: 'containerregistry:blob',
} as const;

/** A request that is about to be sent. Every attempt and every hop of a redirect is a request of its own. */
export interface RequestEvent {
  readonly method: string;
  /** Without user information; values of query parameters that may be secret are replaced by `REDACTED`. */
  readonly url: string;
}

/** A response whose headers have arrived. */
export interface ResponseEvent extends RequestEvent {
  readonly status: number;
  /** Time from the request to the headers of the response. */
  readonly durationMs: number;
}

/** A server that has received the whole request and has not begun to respond. Published once per request. */
export interface WaitEvent extends RequestEvent {
  /** Time since the last byte of the request was sent. */
  readonly waitedMs: number;
  /** When this much time has passed, the request fails. */
  readonly limitMs: number;
}

/** A failed request that is sent again. */
export interface RetryEvent {
  /** The attempt that failed; the first one is 1. */
  readonly attempt: number;
  /** Time until the next attempt. */
  readonly delayMs: number;
  /** The failure. */
  readonly error: Error;
}

/** A token that a token server has issued. The token itself is not published. */
export interface TokenEvent {
  /** URL of the token server, redacted like {@link RequestEvent.url}. */
  readonly realm: string;
  /** The scopes that were requested. */
  readonly scopes: readonly string[];
  /** Lifetime of the token. */
  readonly expiresInMs: number;
}

/** The transfer of a blob from or to a registry. */
export interface Transfer {
  readonly direction: 'download' | 'upload';
  /** Registry and repository, such as `index.docker.io/library/busybox`. */
  readonly repository: string;
  /** Undefined until a one-shot stream has been read to its end. */
  readonly digest?: string | undefined;
  /** Size of the blob in bytes; undefined if it is unknown. */
  readonly size?: number | undefined;
}

/** A transfer that is resumed after its connection broke, or after another process was interrupted. */
export interface ResumeEvent extends Transfer {
  /** The byte at which the transfer is resumed; 0 if it starts again from the beginning. */
  readonly offset: number;
}

/** A transfer that has ended. */
export interface BlobEvent extends Transfer {
  /**
   * `dropped` is a download that its reader stopped. `existing` is a blob that the repository already has, `mounted` is
   * one that the registry took from another repository; neither needed an upload.
   */
  readonly outcome: 'done' | 'failed' | 'dropped' | 'existing' | 'mounted';
  /** The position in the blob, in bytes, that the transfer reached. */
  readonly transferred: number;
  /** Duration of the whole transfer. */
  readonly durationMs: number;
}

/** A mirror that has failed. */
export interface FallbackEvent {
  /** Host and repository of the mirror. */
  readonly mirror: string;
  /** The failure. */
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

/** Publishes an event. The message is created only if the channel has subscribers. */
export function publish<K extends keyof Events>(name: K, message: () => Events[K]): void {
  if (channels[name].hasSubscribers) channels[name].publish(message());
}

/** Whether a channel has subscribers. If not, the data of its events need not be collected. */
export function hasSubscribers(name: keyof Events): boolean {
  return channels[name].hasSubscribers;
}
