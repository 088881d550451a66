import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { Sink, SinkKind } from './sink.js';

/** Opens a new, empty sink for each test, and closes it afterwards. */
export function useSink(kind: SinkKind): () => Sink {
  let directory: string;
  let sink: Sink | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    sink = await kind.open(directory);
  });
  afterEach(async () => {
    await sink?.close();
    sink = undefined;
    // A registry may still work on a request that its client has aborted.
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return () => sink!;
}
