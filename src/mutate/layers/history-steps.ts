import type { History } from '../../v1/config-file.js';

/** A history, divided by layers. */
export interface HistorySteps {
  /** The steps before the first layer. */
  readonly before: readonly History[];
  /** For each layer, its step and the steps without layers that follow it. */
  readonly layers: readonly (readonly History[])[];
}

/** Divides a history by layers; undefined if it describes more or fewer layers than the image has. */
export function historySteps(history: readonly History[], layerCount: number): HistorySteps | undefined {
  const before: History[] = [];
  const layers: History[][] = [];
  for (const step of history) {
    if (step.empty_layer !== true) layers.push([step]);
    else (layers.at(-1) ?? before).push(step);
  }
  return layers.length === layerCount ? { before, layers } : undefined;
}

/** How many layers a history describes. */
export function layersIn(history: readonly History[]): number {
  return history.filter(({ empty_layer: empty }) => empty !== true).length;
}

/** Empty steps, for layers that the history does not describe. */
export function emptySteps(count: number): readonly History[] {
  return Array.from({ length: Math.max(count, 0) }, () => ({}));
}

/**
 * Adds an empty step for each layer that a history does not describe. Readers reject a history with fewer steps than
 * layers as damaged, so steps cannot simply be added to an incomplete one.
 *
 * Layers that were added without history lie above layers with history, so the empty steps come last. A history that
 * describes more layers than the image has is not changed, because it is unknown which of its steps made no layer.
 */
export function paddedHistory(history: readonly History[], layerCount: number): readonly History[] {
  const missing = layerCount - layersIn(history);
  return missing > 0 ? [...history, ...emptySteps(missing)] : history;
}
