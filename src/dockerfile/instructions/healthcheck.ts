import { Problem } from '../parts/problem.js';
import { isSpace, skipSpace, sliceToken } from '../parts/white-space.js';
import { commandOf } from './arguments.js';
import { parseFlags } from './flags.js';
import type { Statement } from './statement.js';
import type { HealthcheckInstruction } from './types.js';

export function parseHealthcheck({ flags, rest, base }: Statement): HealthcheckInstruction {
  let end = 0;
  while (end < rest.text.length && !isSpace(rest.text.charAt(end))) end += 1;
  const type = rest.text.slice(0, end).toUpperCase();
  const command = sliceToken(rest, skipSpace(rest.text, end));
  const { offset } = rest;
  if (type === 'NONE') {
    if (command.text !== '') throw new Problem('arguments', 'HEALTHCHECK NONE has no arguments', { offset });
    return {
      kind: 'healthcheck',
      ...base,
      test: ['NONE'],
      interval: 0,
      timeout: 0,
      startPeriod: 0,
      startInterval: 0,
      retries: 0,
    };
  }
  if (type !== 'CMD') {
    throw new Problem('arguments', `HEALTHCHECK ${JSON.stringify(type)} is unknown`, {
      offset,
      hint: 'write HEALTHCHECK [FLAGS] CMD COMMAND, or HEALTHCHECK NONE',
    });
  }
  const values = parseFlags(flags, {
    interval: 'string',
    timeout: 'string',
    'start-period': 'string',
    'start-interval': 'string',
    retries: 'string',
  });
  const parsed = commandOf(command);
  const test = parsed.form === 'exec' ? ['CMD', ...parsed.words] : ['CMD-SHELL', parsed.text];
  if (command.text === '' || test.length === 1) {
    throw new Problem('arguments', 'HEALTHCHECK CMD needs a command', { offset });
  }
  return {
    kind: 'healthcheck',
    ...base,
    test,
    interval: durationOf('interval', values.interval),
    timeout: durationOf('timeout', values.timeout),
    startPeriod: durationOf('start-period', values['start-period']),
    startInterval: durationOf('start-interval', values['start-interval']),
    retries: retriesOf(values.retries),
  };
}

const MILLISECOND = 1_000_000;
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1000,
  µs: 1000,
  μs: 1000,
  ms: MILLISECOND,
  s: 1000 * MILLISECOND,
  m: 60_000 * MILLISECOND,
  h: 3_600_000 * MILLISECOND,
};
const MAX_DURATION_LENGTH = 32;

/** Nanoseconds of a duration as Go writes them, such as `1m30s` or `1.5h`; 0 if it is not given. */
function durationOf(flag: string, text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const sign = text.startsWith('-') ? -1 : 1;
  const total = text === '0' ? 0 : sumOfParts(text.replace(/^[+-]/, ''));
  if (total === undefined) {
    throw new Problem('flag', `--${flag} is not a duration: ${JSON.stringify(text)}`, {
      hint: 'such as 30s, 1m30s or 500ms',
    });
  }
  const nanoseconds = sign * Math.trunc(total);
  if (nanoseconds === 0) return 0;
  if (nanoseconds >= MILLISECOND) return nanoseconds;
  throw new Problem('flag', `--${flag} is less than a millisecond: ${JSON.stringify(text)}`);
}

/** Adds the parts of a duration; undefined if the text is not a duration. */
function sumOfParts(text: string): number | undefined {
  if (text === '' || text.length > MAX_DURATION_LENGTH) return undefined;
  let total = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const [, number, unit] = PART.exec(text) ?? [];
    if (number === undefined || unit === undefined) return undefined;
    total += Number(number) * (UNITS[unit] ?? 0);
  }
  return total;
}

const PART = /(\d{1,10}(?:\.\d{0,10})?|\.\d{1,10})(ns|us|µs|μs|ms|s|m|h)/y;

function retriesOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const number = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (number >= 0 && number < 2 ** 31) return number;
  throw new Problem('flag', `--retries is not a whole number of at least 0: ${JSON.stringify(text)}`);
}
