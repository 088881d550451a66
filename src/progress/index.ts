/**
 * Progress that can be shown: totals, a rate and the time left, from the events of `onProgress`.
 *
 * Nothing here prints. The meter counts events, and `line` makes the text for one line of a terminal.
 *
 * ```ts
 * import { crane, progress } from 'containerregistry';
 *
 * const meter = progress.meter({ onUpdate: (snapshot) => console.log(progress.line(snapshot)) });
 * await crane.copy('registry.example/app:v1', 'mirror.example/app:v1', { onProgress: meter.onProgress });
 * ```
 *
 * @packageDocumentation
 */
export { line } from './line.js';
export type { LineOptions } from './line.js';
export { meter } from './meter.js';
export type { BlobStatus, Meter, MeterOptions, ProgressSnapshot } from './meter.js';
