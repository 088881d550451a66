import { afterEach } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Collects what is published on a channel during a test. */
export function useChannelMessages(): (channel: string) => unknown[] {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });
  return (channel) => {
    const messages: unknown[] = [];
    const listener = (message: unknown): void => void messages.push(message);
    subscribe(channel, listener);
    stops.push(() => unsubscribe(channel, listener));
    return messages;
  };
}
