import type { BuildEvent } from '../../build/options/build-options.js';
import type { ShownEvent } from './display.js';
import { formatBytes } from '../../progress/format-bytes.js';

const blobStates: Readonly<Record<string, string>> = {
  existing: 'existing blob',
  mounted: 'mounted blob',
  skipped: 'skipped blob',
  resumed: 'resumed blob',
  failed: 'failed blob',
};

/** One line for an event, with the same text as crane; undefined for an event that is not printed. */
export function describeEvent(event: ShownEvent): string | undefined {
  if ('stage' in event) return describeBuild(event);
  // A command that only reads an image prints its result, and no line for each layer.
  if (event.kind === 'plan' || event.sink === 'reader') return undefined;
  if (event.kind === 'blob') {
    const written = event.sink === 'registry' ? 'pushed blob' : 'saved blob';
    const state = event.state === 'done' ? written : blobStates[event.state];
    return state === undefined ? undefined : `${state}: ${event.digest ?? 'stream'}`;
  }
  return event.state === 'existing'
    ? `existing manifest: ${event.target.replace(/@.*$/s, '')}@${event.digest}`
    : `${event.target}: digest: ${event.digest} size: ${event.size}`;
}

/** One line for a step or a layer of a build that is done. */
function describeBuild(event: BuildEvent): string | undefined {
  if (event.state !== 'done') return undefined;
  const { kind, size = 0, durationMs = 0 } = event;
  const time = `${(durationMs / 1000).toFixed(1)} s`;
  return `${buildStep(event)} (${kind === 'layer' ? `layer of ${formatBytes(size)}, ` : ''}${time})`;
}

/** A step in the form of BuildKit, but always with the platform. White space is one space: a tab is wider than a character. */
export function buildStep({ platform, stage, step, steps, text }: BuildEvent): string {
  const name = /^\d+$/.test(stage) ? `stage-${stage}` : stage;
  return `[${platform} ${name} ${step}/${steps}] ${text.replace(/\s+/g, ' ')}`;
}
