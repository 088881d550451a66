import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import * as validate from '../../src/validate/index.js';
import { expectKept } from './expect-kept.js';
import { describeImageContract } from './image-contract.js';
import { describeIndexContract } from './index-contract.js';
import { sinks } from './sinks.js';
import { indexSources, sources } from './sources.js';
import { useSink } from './use-sink.js';

/** A directory for a source, and functions that close what it opened. */
function useSourceDirectory(): {
  readonly directory: () => string;
  readonly closing: (() => Promise<void>)[];
} {
  let directory: string;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  });
  afterAll(async () => {
    for (const close of closing.splice(0)) await close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return { directory: () => directory, closing };
}

describe.each(sources)('$name', ({ name, open }) => {
  const { directory, closing } = useSourceDirectory();

  describeImageContract(name, async () => open(directory(), closing));

  describe.each(sinks.filter(({ needs }) => needs === undefined))('written to $name', (kind) => {
    const sink = useSink(kind);
    it('is unchanged when it is read back', async () => {
      const image = await open(directory(), closing);
      await sink().write(image);
      const read = await sink().read();
      await expectKept(read, image, kind);
      await validate.image(read);
    });
  });
});

describe.each(indexSources)('$name', ({ name, open }) => {
  const { directory, closing } = useSourceDirectory();

  describeIndexContract(name, async () => open(directory(), closing));
});
