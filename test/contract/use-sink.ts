import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { Image } from '../../src/v1/image.js';
import { noise } from '../support/noise.js';
import { storedImage } from '../support/stored-image.js';
import { tarOf } from '../support/tar-of.js';
import type { Sink, SinkKind } from './sink.js';

/** A new, empty place for each test. */
export function useSink(kind: SinkKind): () => Sink {
  let folder: string;
  let sink: Sink | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    sink = await kind.open(folder);
  });
  afterEach(async () => {
    await sink?.close();
    sink = undefined;
    // A registry may still be at work on what its client has given up.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return () => sink!;
}

/** A tar that comes in several chunks, and is larger than everything else in an image. */
export const big = tarOf(['big', noise(400_000).toString('latin1')]);

/** An image of three layers; the big one is in the middle. */
export const original = (): Image =>
  compressedToImage(storedImage({ tars: [tarOf(['etc/os', 'one']), big, tarOf(['app', 'two'])] }));

/** An image that shares nothing with the other. */
export const other = (): Image => compressedToImage(storedImage({ tars: [tarOf(['other', 'image'])] }));
