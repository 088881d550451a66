import { UsageError } from '../terminal/exit-code.js';

/** Parses a time: RFC 3339, or seconds since 1970. */
export function readTime(flag: string, text: string): Date {
  const time = /^\d{1,12}$/.test(text) ? new Date(Number(text) * 1000) : rfc3339(text);
  if (time === undefined) {
    throw new UsageError(
      `${flag} ${JSON.stringify(text)} is not a time`,
      'give seconds since 1970, or a time such as 2026-01-02T03:04:05Z',
    );
  }
  return time;
}

/**
 * The time for reproducible builds: that of the flag, or else that of the environment.
 *
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function sourceDateEpoch(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Date | undefined {
  if (flag !== undefined) return readTime('--source-date-epoch', flag);
  const { SOURCE_DATE_EPOCH: seconds } = env;
  return seconds === undefined || seconds === '' ? undefined : readTime('SOURCE_DATE_EPOCH', seconds);
}

function rfc3339(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
