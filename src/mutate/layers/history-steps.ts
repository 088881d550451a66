import type { History } from '../../v1/config-file.js';

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

/** How many layers a history tells of. */
export function layersIn(history: readonly History[]): number {
  return history.filter(({ empty_layer: empty }) => empty !== true).length;
}

/** Steps for layers that have no history, among layers that have one. They say nothing, as nothing is known. */
export function emptySteps(count: number): readonly History[] {
  return Array.from({ length: Math.max(count, 0) }, () => ({}));
}

/**
 * A history with a step for every layer: an empty one for each layer that it does not tell of. Readers take a history
 * with fewer steps than layers for damaged, so that one that is incomplete cannot just be added to.
 *
 * Layers that were added without history lie above those with one, so the empty steps come last. A history that tells
 * of more layers than there are stays as it is: nothing says which of its steps made none.
 */
export function paddedHistory(history: readonly History[], layerCount: number): readonly History[] {
  const missing = layerCount - layersIn(history);
  return missing > 0 ? [...history, ...emptySteps(missing)] : history;
}
