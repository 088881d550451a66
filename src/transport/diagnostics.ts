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
  /** {@link RetryEvent}, before the wait for another attempt. */
  retry: 'containerregistry:retry',
  /** {@link TokenEvent}, when a token server gave a token. */
  token: 'containerregistry:token',
} as const;

export interface RequestEvent {
  readonly method: string;
  readonly url: string;
}

export interface ResponseEvent extends RequestEvent {
  readonly status: number;
  readonly durationMs: number;
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

interface Events {
  readonly request: RequestEvent;
  readonly response: ResponseEvent;
  readonly retry: RetryEvent;
  readonly token: TokenEvent;
}

const channels = {
  request: channel(diagnosticsChannels.request),
  response: channel(diagnosticsChannels.response),
  retry: channel(diagnosticsChannels.retry),
  token: channel(diagnosticsChannels.token),
};

/** Tells those who listen; the message is made for them only. */
export function publish<K extends keyof Events>(name: K, message: () => Events[K]): void {
  if (channels[name].hasSubscribers) channels[name].publish(message());
}
