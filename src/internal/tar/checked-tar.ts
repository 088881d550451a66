import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { inheritBudget } from '../streams/budget.js';
import { inheritDisposable } from '../streams/disposable.js';
import { type ForeignFormat, foreignFormat } from '../compress/foreign-format.js';
import { generated } from '../streams/generated.js';
import { TarWalk } from './walk.js';

/**
 * Passes on the bytes of a plain tar unchanged, and fails where they are not a tar or the tar is truncated. It
 * parses only the headers, in the pass that reads the bytes anyway. Empty input counts as an empty tar. Owns the
 * source.
 *
 * @throws ArchiveInvalidError through the stream, if the bytes are not a complete tar.
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

/** Checks bytes that should be a tar. Both methods throw an ArchiveInvalidError that names the subject. */
export interface TarChecker {
  take(chunk: Buffer): void;
  /** Call it after the last chunk. */
  end(): void;
}

export function tarChecker(subject: string): TarChecker {
  // Nothing is expanded here, so the holes of sparse files need no cap.
  const walk = new TarWalk({ maxRatio: Infinity, maxBytes: Infinity });
  const withExplanation = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ArchiveInvalidError)) throw error;
      const format = walk.hasHeader ? undefined : foreignFormat(walk.firstBlock);
      const reason =
        format === undefined ? error.message : `it is in the format ${format.name}, which no runtime unpacks`;
      const remedy =
        format === undefined
          ? 'use a complete tar, plain or compressed with gzip or zstd'
          : remedyFor(format);
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
  return unpack === undefined ? 'unpack it, and use the directory' : `decompress it first with \`${unpack}\``;
}
