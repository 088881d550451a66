import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TransportError } from '../../errors/service/transport.js';
import { diagnosticsChannels, type RetryEvent } from '../../transport/wire/diagnostics.js';

/** Shorter waits are over before they are read. */
const WORTH_A_LINE_MS = 1000;

/** Says when a server asked to wait, so that the command does not seem to hang; returns what ends it. */
export function tellWaits(print: (line: string) => void): () => void {
  const listener = (message: unknown): void => {
    const { delayMs, error } = message as RetryEvent;
    if (!(error instanceof TransportError) || (error.retryAfterMs ?? 0) < WORTH_A_LINE_MS) return;
    print(`waiting ${Math.ceil(delayMs / 1000)} s, as the server asks: ${error.message}`);
  };
  subscribe(diagnosticsChannels.retry, listener);
  return () => unsubscribe(diagnosticsChannels.retry, listener);
}
