import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TransportError } from '../../errors/service/transport.js';
import { diagnosticsChannels, type RetryEvent, type WaitEvent } from '../../transport/wire/diagnostics.js';

/** Shorter waits are over before they are read. */
const WORTH_A_LINE_MS = 1000;

/** Many responses take this long, and mean nothing. */
const LATE_MS = 10_000;

/**
 * Says when a server asked to wait, or is late with its response, so that the command does not seem to hang; returns what
 * ends it.
 */
export function reportWaits(print: (line: string) => void): () => void {
  const onRetry = (message: unknown): void => {
    const { delayMs, error } = message as RetryEvent;
    if (!(error instanceof TransportError) || (error.retryAfterMs ?? 0) < WORTH_A_LINE_MS) return;
    print(`waiting ${Math.ceil(delayMs / 1000)} s, as the server asks: ${error.message}`);
  };
  const onWait = (message: unknown): void => {
    const { method, url, waitedMs, limitMs } = message as WaitEvent;
    if (waitedMs < LATE_MS) return;
    const [waited, limit] = [waitedMs, limitMs].map((ms) => Math.round(ms / 1000));
    print(`no response for ${waited} s, waiting for up to ${limit} s: ${method} ${url}`);
  };
  subscribe(diagnosticsChannels.retry, onRetry);
  subscribe(diagnosticsChannels.wait, onWait);
  return () => {
    unsubscribe(diagnosticsChannels.retry, onRetry);
    unsubscribe(diagnosticsChannels.wait, onWait);
  };
}
