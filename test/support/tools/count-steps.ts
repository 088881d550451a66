import { Session } from 'node:inspector/promises';
import { afterAll, beforeAll } from '@jest/globals';

/**
 * Counts how often blocks of the source code are run, with V8's own counters. The same work gives nearly the same
 * number on any machine, however busy that is. Steps in other threads are not counted.
 */
export function useStepCounter(): (work: () => Promise<unknown>) => Promise<number> {
  const session = new Session();
  beforeAll(async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  });
  afterAll(() => {
    session.disconnect();
  });
  // This call also sets the counters to zero.
  const taken = async (): Promise<number> => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    let steps = 0;
    for (const { url, functions } of result) {
      if (!url.includes('/src/')) continue;
      for (const { ranges } of functions) for (const { count } of ranges) steps += count;
    }
    return steps;
  };
  return async (work) => {
    await taken();
    await work();
    return taken();
  };
}
