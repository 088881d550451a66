import { describeWithPeers } from '../support/peers.js';
import { describeIndexSinkContract } from './index-sink-contract.js';
import { describeSinkContract } from './sink-contract.js';
import { describeSinkFailureContract } from './sink-failure-contract.js';
import { describeSinkOddContract } from './sink-odd-contract.js';
import { describeSinkProgressContract } from './sink-progress-contract.js';
import { sinks } from './sinks.js';

for (const kind of sinks) {
  const held = (): void => {
    describeSinkContract(kind);
    describeSinkFailureContract(kind);
    describeSinkOddContract(kind);
    if (kind.indexes === true) describeIndexSinkContract(kind);
    if (kind.progress !== false) describeSinkProgressContract(kind);
  };
  if (kind.needs === undefined) held();
  else describeWithPeers(kind.name, kind.needs, held);
}
