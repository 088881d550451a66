import { PassThrough, pipeline, type Readable, Transform } from 'node:stream';
import { checkedTar } from '../internal/tar/checked-tar.js';
import { decompressed } from '../internal/compress/compression.js';
import { consume, ignoreLateErrors } from '../internal/streams/consume.js';
import { HIGH_WATER_MARK } from '../internal/streams/generated.js';
import { type Hashed, hashed, type Tally, tally } from '../internal/streams/verify.js';
import type { DecompressionLimits } from '../partial/layers/decompression-limits.js';
import type { CheckOptions } from '../partial/layers/stored-form.js';

/**
 * Passes compressed bytes on as they are, while a copy of them is decompressed to hash what is inside.
 * The stream ends after both are done, and fails if the bytes cannot be decompressed.
 */
export function inspected(
  source: Readable,
  { tarOf, ...limits }: DecompressionLimits & CheckOptions,
): {
  readonly stored: Hashed;
  readonly plain: Pick<Tally, 'size' | 'digest'>;
} {
  const plain = tally();
  const copy = ignoreLateErrors(new PassThrough({ highWaterMark: HIGH_WATER_MARK }));
  const inside = (async () => {
    const opened = await decompressed(copy, { ...limits, refusePadding: tarOf !== undefined });
    const tar = tarOf === undefined ? opened : checkedTar(opened, tarOf);
    await consume(tar, (chunk) => {
      plain.update(chunk);
      return undefined;
    });
  })();
  const both = new Transform({
    readableHighWaterMark: HIGH_WATER_MARK,
    writableHighWaterMark: HIGH_WATER_MARK,
    transform(chunk: Buffer, _encoding, done) {
      // The slower of both readers sets the pace, as long as the other one reads.
      if (copy.destroyed || copy.write(chunk)) {
        done(null, chunk);
        return;
      }
      const goOn = (): void => {
        copy.off('drain', goOn).off('close', goOn);
        done(null, chunk);
      };
      copy.on('drain', goOn).on('close', goOn);
    },
    flush(done) {
      copy.end();
      inside.then(() => {
        done();
      }, done);
    },
    destroy(error, done) {
      copy.destroy();
      done(error);
    },
  });
  ignoreLateErrors(both);
  inside.catch((error: unknown) => both.destroy(error as Error));
  pipeline(source, both, () => undefined);
  return { stored: hashed(both), plain };
}
