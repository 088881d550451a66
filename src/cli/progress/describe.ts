import type { ProgressEvent } from '../../v1/progress.js';

const blobStates: Readonly<Record<string, string>> = {
  existing: 'existing blob',
  mounted: 'mounted blob',
  skipped: 'skipped blob',
  resumed: 'resumed blob',
  failed: 'failed blob',
};

/** One line for an event, with the same text as crane; undefined for an event that is not printed. */
export function describeEvent(event: ProgressEvent): string | undefined {
  if (event.kind === 'blob') {
    const written = event.sink === 'registry' ? 'pushed blob' : 'saved blob';
    const state = event.state === 'done' ? written : blobStates[event.state];
    return state === undefined ? undefined : `${state}: ${event.digest ?? 'stream'}`;
  }
  return event.state === 'existing'
    ? `existing manifest: ${event.target.replace(/@.*$/s, '')}@${event.digest}`
    : `${event.target}: digest: ${event.digest} size: ${event.size}`;
}
