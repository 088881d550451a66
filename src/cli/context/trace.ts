import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diagnosticsChannels } from '../../transport/wire/diagnostics.js';

/** Prints one line for each request and response, without secrets. Returns a function that stops this. */
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

/** JSON.stringify would print an error as an empty object. */
function printable(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
