import type { StartedRegistry } from './start-registry.js';

/** `METHOD /path` of each request to a registry while `run` runs. */
export async function requestsOf(
  registry: Pick<StartedRegistry, 'requests'>,
  run: () => Promise<unknown>,
): Promise<string[]> {
  const before = registry.requests.length;
  await run();
  return registry.requests.slice(before).map(({ method, url }) => `${method} ${url}`);
}

/** The number of requests of each kind; digests and upload IDs are left out. */
export function kinds(requests: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of requests) {
    const kind = request
      .replace(/sha256(?::|%3A)[0-9a-f]{64}/g, '<digest>')
      .replace(/(?<=uploads\/)[^?/]+/, '<id>')
      .replace(/_state=[^&]+&/, '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
