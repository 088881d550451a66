import { PassThrough, pipeline, type Readable, Transform } from 'node:stream';
import { checkedTar } from '../internal/tar/checked-tar.js';
import { decompressed } from '../internal/compress/compression.js';
import { consume, ignoreLateErrors } from '../internal/streams/consume.js';
import { HIGH_WATER_MARK } from '../internal/streams/generated.js';
import { type Hashed, hashed, type Tally, tally } from '../internal/streams/verify.js';
import type { DecompressionLimits } from '../partial/layers/decompression-limits.js';
import type { CheckOptions } from '../partial/layers/stored-form.js';

/**
 * Passes compressed bytes on unchanged, while a copy of them is decompressed to hash the tar inside. The stream ends
 * when both are finished. It fails if the bytes cannot be decompressed.
 */
export function inspected(
  source: Readable,
  { tarSubject: tarSubject, ...limits }: DecompressionLimits & CheckOptions,
): {
  readonly stored: Hashed;
  readonly plain: Pick<Tally, 'size' | 'digest'>;
} {
  const plain = tally();
  const copy = ignoreLateErrors(new PassThrough({ highWaterMark: HIGH_WATER_MARK }));
  const inside = (async () => {
    const opened = await decompressed(copy, { ...limits, refusePadding: tarSubject !== undefined });
    const tar = tarSubject === undefined ? opened : checkedTar(opened, tarSubject);
    await consume(tar, (chunk) => {
      plain.update(chunk);
      return undefined;
    });
  })();
  const passed = new Transform({
    readableHighWaterMark: HIGH_WATER_MARK,
    writableHighWaterMark: HIGH_WATER_MARK,
    transform(chunk: Buffer, _encoding, done) {
      // The slower reader of the two sets the pace. A copy that is destroyed no longer counts.
      if (copy.destroyed || copy.write(chunk)) {
        done(null, chunk);
        return;
      }
      const resume = (): void => {
        copy.off('drain', resume).off('close', resume);
        done(null, chunk);
      };
      copy.on('drain', resume).on('close', resume);
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
  ignoreLateErrors(passed);
  inside.catch((error: unknown) => passed.destroy(error as Error));
  pipeline(source, passed, () => undefined);
  return { stored: hashed(passed), plain };
}
