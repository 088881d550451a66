import { describeSink } from './describe-sink.js';
import { sinks } from './sinks.js';

for (const kind of sinks) if (kind.needs === undefined) describeSink(kind);
