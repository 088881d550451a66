import { visible } from '../../errors/visible.js';
import { type BaseCheck, type BaseStatus, checkBase } from '../../crane/inspecting/check-base.js';
import { parseLocation } from '../../crane/names/location.js';
import { platformToString } from '../../v1/platform.js';
import type { Cli } from '../context/cli.js';
import { ResultCode } from '../terminal/exit-code.js';

const exitCodes: Readonly<Record<BaseStatus, number>> = { current: 0, outdated: 10, unknown: 11 };

/** Prints whether an image is built on the present content of its base. The exit code says the same. */
export async function checkBaseOf(
  cli: Cli,
  image: string,
  { base, json }: { readonly base?: string; readonly json?: boolean },
): Promise<void> {
  const given = base === undefined ? undefined : parseLocation(base);
  const checked = await checkBase(parseLocation(image), { ...cli.options, base: given });
  if (json === true) await cli.line(JSON.stringify(checked));
  else if (checked.checks.length === 0) await cli.line('unknown: the index has no image');
  else for (const check of checked.checks) await cli.line(visible(lineOf(check)));
  if (checked.status !== 'current') throw new ResultCode(exitCodes[checked.status]);
}

function lineOf({ status, platform, base, reason }: BaseCheck): string {
  return [status, platform && platformToString(platform), base, reason]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}
