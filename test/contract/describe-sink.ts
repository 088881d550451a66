import { describeIndexSinkContract } from './index-sink-contract.js';
import { describeSinkContract } from './sink-contract.js';
import { describeSinkFailureContract } from './sink-failure-contract.js';
import { describeUnusualImageContract } from './unusual-image-contract.js';
import { describeSinkProgressContract } from './sink-progress-contract.js';
import type { SinkKind } from './sink.js';

/** Runs all contracts of sinks on one kind of sink. */
export function describeSink(kind: SinkKind): void {
  describeSinkContract(kind);
  describeSinkFailureContract(kind);
  describeUnusualImageContract(kind);
  if (kind.indexes === true) describeIndexSinkContract(kind);
  if (kind.progress !== false) describeSinkProgressContract(kind);
}
