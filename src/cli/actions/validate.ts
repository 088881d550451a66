import { ValidationError } from '../../errors/invalid/validation.js';
import { visible } from '../../errors/visible.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';

export interface ValidateFlags {
  readonly remote?: string;
  readonly tarball?: string;
  readonly layout?: string;
  readonly fast?: boolean;
  readonly json?: boolean;
}

/** Checks each image that the flags name and prints a line for it. Fails at the end if one is not valid. */
export async function validateAll(cli: Cli, flags: ValidateFlags): Promise<void> {
  const subjects = [flags.remote, flags.tarball, flags.layout].filter((subject) => subject !== undefined);
  if (subjects.length === 0)
    throw new UsageError('nothing to validate', 'give --remote, --tarball or --layout');
  const { parseLocation } = await import('../../crane/names/location.js');
  const { validateArchive, validateLayout, validateRemote } = await import('../../crane/validate.js');
  const options = { ...cli.options, onProgress: cli.onRead, fast: flags.fast === true };
  const checks: readonly (readonly [string | undefined, (subject: string) => Promise<void>])[] = [
    [flags.remote, async (subject) => validateRemote(parseLocation(subject), options)],
    [flags.tarball, async (subject) => validateArchive(subject, options)],
    [flags.layout, async (subject) => validateLayout(subject, options)],
  ];
  let failed: ValidationError | undefined;
  for (const [subject, check] of checks) {
    if (subject === undefined) continue;
    const findings = await findingsOf(async () => check(subject));
    if (findings !== undefined) failed ??= new ValidationError(subject, findings);
    if (flags.json === true) {
      await cli.line(JSON.stringify({ subject, valid: findings === undefined, findings: findings ?? [] }));
    } else {
      await cli.line(
        visible(findings === undefined ? `PASS: ${subject}` : `FAIL: ${subject}: ${findings.join('; ')}`),
      );
    }
  }
  if (failed !== undefined) throw failed;
}

/** The findings of a check; undefined if there are none. Any error but a ValidationError is thrown. */
async function findingsOf(check: () => Promise<void>): Promise<readonly string[] | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof ValidationError) return error.findings;
    throw error;
  }
}
