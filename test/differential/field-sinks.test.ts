import { afterAll } from '@jest/globals';
import { describeSink } from '../contract/describe-sink.js';
import { sinks } from '../contract/sinks.js';
import { describeWithPeers } from '../support/programs/peers.js';

for (const kind of sinks) {
  if (kind.needs === undefined) continue;
  describeWithPeers(kind.name, kind.needs, () => {
    afterAll(async () => kind.stop?.(), 60_000);
    describeSink(kind);
  });
}
