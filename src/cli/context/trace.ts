import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diagnosticsChannels } from '../../transport/wire/diagnostics.js';

/** Prints every exchange with a registry, one line each; returns what ends it. The messages hold no secrets. */
export function trace(print: (line: string) => void): () => void {
  const listeners = Object.entries(diagnosticsChannels).map(([name, channel]) => {
    const listener = (message: unknown): void => {
      print(`${new Date().toISOString()} ${name} ${JSON.stringify(message, printable)}`);
    };
    subscribe(channel, listener);
    return () => unsubscribe(channel, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}

/** Errors have no enumerable members worth printing. */
function printable(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
