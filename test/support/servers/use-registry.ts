import { afterEach, beforeEach } from '@jest/globals';
import { type StartedRegistry, startRegistry } from './start-registry.js';

/** A new embedded registry in memory for each test, stopped after it; call at the top of a `describe` or a file. */
export function useRegistry(): Pick<StartedRegistry, 'host' | 'url' | 'requests' | 'bytesSent'> {
  let registry: StartedRegistry | undefined;
  beforeEach(async () => {
    registry = await startRegistry();
  });
  afterEach(async () => {
    await registry?.close();
    registry = undefined;
  });
  const started = (): StartedRegistry => {
    if (registry === undefined) throw new TypeError('the registry runs only during a test');
    return registry;
  };
  return {
    get host() {
      return started().host;
    },
    get url() {
      return started().url;
    },
    get bytesSent() {
      return started().bytesSent;
    },
    get requests() {
      return started().requests;
    },
  };
}
