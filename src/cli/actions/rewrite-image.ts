import { toDocker, toOci } from '../../mutate/convert.js';
import { createdAt } from '../../mutate/config.js';
import { recompress } from '../../mutate/recompress.js';
import { canonical, rewriteTimestamps, time } from '../../mutate/time.js';
import type { Image } from '../../v1/image.js';
import type { Cli } from '../context/cli.js';
import { type CompressionFlags, compressionOf } from '../arguments/compression-flags.js';
import { UsageError } from '../terminal/exit-code.js';
import { readTime, sourceDateEpoch } from '../arguments/read-time.js';

export interface RewriteFlags extends CompressionFlags {
  readonly created?: string;
  readonly time?: string;
  readonly canonical?: boolean;
  readonly rewriteTimestamps?: boolean;
  readonly sourceDateEpoch?: string;
  readonly mediaTypes?: 'oci' | 'docker';
}

/** The changes to the entire image that the flags ask for, in the order in which they must be applied. */
export function rewritesOf(cli: Cli, flags: RewriteFlags): readonly ((image: Image) => Image)[] {
  const { created, mediaTypes } = flags;
  const { compression, compressionLevel } = compressionOf(flags);
  const moment = created === undefined ? undefined : readTime('--created', created);
  const steps = [
    mediaTypes === undefined ? undefined : mediaTypes === 'oci' ? toOci : toDocker,
    timesOf(cli, flags),
    moment && ((image: Image) => createdAt(image, moment)),
    compression && ((image: Image) => recompress(image, compression, { compressionLevel })),
  ];
  return steps.filter((step) => step !== undefined);
}

function timesOf({ io }: Cli, flags: RewriteFlags): ((image: Image) => Image) | undefined {
  const { time: all, canonical: isCanonical = false, rewriteTimestamps: clamps = false } = flags;
  if ([all !== undefined, isCanonical, clamps].filter(Boolean).length > 1) {
    throw new UsageError('--time, --canonical and --rewrite-timestamps cannot be used together');
  }
  if (flags.sourceDateEpoch !== undefined && !isCanonical && !clamps) {
    throw new UsageError('--source-date-epoch is for --canonical and --rewrite-timestamps');
  }
  if (all !== undefined) {
    const moment = readTime('--time', all);
    return (image) => time(image, moment);
  }
  if (!isCanonical && !clamps) return undefined;
  const epoch = sourceDateEpoch(flags.sourceDateEpoch, io.env);
  if (isCanonical) return (image) => canonical(image, { time: epoch });
  if (epoch === undefined) {
    throw new UsageError(
      '--rewrite-timestamps needs a time',
      'give --source-date-epoch, or set SOURCE_DATE_EPOCH',
    );
  }
  return (image) => rewriteTimestamps(image, epoch);
}
