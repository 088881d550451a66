import { argumentOf, type BuildArguments } from '../../dockerfile/evaluate/arguments.js';
import type { Timestamp } from '../../tree/nodes/node.js';
import type { BuildOptions } from './build-options.js';

/** The time of a build. */
export interface BuildTime {
  /** For what the build makes: directories, heredocs and the config. */
  readonly now: Timestamp;
  /** The same in the format of RFC 3339. */
  readonly created: string;
  /** The time that the caller has chosen; undefined if it is the current time. */
  readonly epoch: number | undefined;
}

/** The latest time that a date can have. */
const MAX_SECONDS = 8_640_000_000_000;

/**
 * The time that the options or the argument `SOURCE_DATE_EPOCH` choose, else the current time.
 *
 * @throws TypeError if it is not a number of seconds, or missing although `rewriteTimestamps` needs it
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function buildTime({ sourceDateEpoch, rewriteTimestamps, args = {} }: BuildOptions): BuildTime {
  const epoch = sourceDateEpoch ?? epochIn(args);
  if (epoch === undefined && rewriteTimestamps === true)
    throw new TypeError('rewriteTimestamps needs sourceDateEpoch, the time to write');
  if (epoch !== undefined && !(Number.isInteger(epoch) && epoch >= 0 && epoch <= MAX_SECONDS))
    throw new TypeError('sourceDateEpoch must be a whole number of seconds since 1970');
  const now = epoch === undefined ? Date.now() : epoch * 1000;
  const seconds = Math.floor(now / 1000);
  return {
    now: { seconds, nanoseconds: (now - seconds * 1000) * 1_000_000 },
    // Go leaves out the fraction of a whole second.
    created: new Date(now).toISOString().replace('.000Z', 'Z'),
    epoch,
  };
}

function epochIn(args: BuildArguments): number | undefined {
  const text = argumentOf(args, 'SOURCE_DATE_EPOCH');
  return text === undefined || text === '' ? undefined : Number(text);
}
