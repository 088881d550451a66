import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TransportError } from '../../errors/service/transport.js';
import { diagnosticsChannels, type RetryEvent, type WaitEvent } from '../../transport/wire/diagnostics.js';

/** A shorter wait is over before the user can read a message. */
const WORTH_A_LINE_MS = 1000;

/** Responses that arrive earlier are common, and not worth a message. */
const LATE_MS = 10_000;

/**
 * Prints a line if a server asks for a pause, or if its response is late, so that the command does not seem to hang. Returns a
 * function that stops this.
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
