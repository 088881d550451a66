import type { History } from '../v1/config-file.js';

/** A history cut into what belongs to each layer. */
export interface HistorySteps {
  /** What happened before the first layer. */
  readonly before: readonly History[];
  /** For each layer its own step, with those without layers that follow it. */
  readonly layers: readonly (readonly History[])[];
}

/** Cuts a history at its layers; undefined if it does not tell of as many layers as there are. */
export function historySteps(history: readonly History[], layerCount: number): HistorySteps | undefined {
  const before: History[] = [];
  const layers: History[][] = [];
  for (const step of history) {
    if (step.empty_layer !== true) layers.push([step]);
    else (layers.at(-1) ?? before).push(step);
  }
  return layers.length === layerCount ? { before, layers } : undefined;
}
