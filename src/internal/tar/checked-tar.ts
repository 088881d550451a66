import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { inheritBudget } from '../streams/budget.js';
import { inheritDisposable } from '../streams/disposable.js';
import { type ForeignFormat, foreignFormat } from '../compress/foreign-format.js';
import { generated } from '../streams/generated.js';
import { TarWalk } from './walk.js';

/**
 * Passes a plain tar on as it is, and fails where it turns out to be none, or to be cut. Headers alone are looked at, in
 * the pass that reads the bytes anyway. Nothing at all counts as an empty tar. Owns the source.
 *
 * @throws {@link ArchiveInvalidError} through the stream.
 */
export function checkedTar(source: Readable, subject: string): Readable {
  const checked = generated(source, async function* () {
    const checker = tarChecker(subject);
    for await (const chunk of source as AsyncIterable<Buffer>) {
      checker.take(chunk);
      yield chunk;
    }
    checker.end();
  });
  return inheritBudget(source, inheritDisposable(source, checked));
}

/** Is shown the bytes of what should be a tar. Both throw an {@link ArchiveInvalidError} that names the subject. */
export interface TarChecker {
  take(chunk: Buffer): void;
  /** To be called at the end of the bytes. */
  end(): void;
}

export function tarChecker(subject: string): TarChecker {
  // Nothing is expanded here, so that the holes of sparse files need no cap.
  const walk = new TarWalk({ maxRatio: Infinity, maxBytes: Infinity });
  const withExplanation = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ArchiveInvalidError)) throw error;
      const format = walk.hasHeader ? undefined : foreignFormat(walk.firstBlock);
      const reason =
        format === undefined ? error.message : `it is in the format ${format.name}, which no runtime unpacks`;
      const remedy = format === undefined ? 'give a whole tar, plain or in gzip or zstd' : remedyFor(format);
      throw new ArchiveInvalidError(`${subject} is not a layer: ${reason}`, {
        cause: error,
        hint: `${remedy}; \`anyLayer\` takes any bytes`,
      });
    }
  };
  return {
    take: (chunk) => {
      withExplanation(() => {
        walk.take(chunk);
      });
    },
    end: () => {
      withExplanation(() => {
        walk.end();
      });
    },
  };
}

function remedyFor({ unpack }: ForeignFormat): string {
  return unpack === undefined
    ? 'unpack it, and give the directory'
    : `decompress it first with \`${unpack}\``;
}
