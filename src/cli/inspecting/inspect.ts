import { inspect } from '../../crane/inspecting/inspect.js';
import { parseLocation } from '../../crane/names/location.js';
import type { Cli } from '../context/cli.js';
import { formatInspection } from './format-inspection.js';
import { widthOf } from './text.js';

/** Prints what is known about an image, an index or an artifact. */
export async function inspectImage(
  cli: Cli,
  image: string,
  { referrers, json }: { readonly referrers: boolean; readonly json?: boolean },
): Promise<void> {
  const inspection = await inspect(parseLocation(image), { ...cli.options, referrers });
  if (json === true) await cli.line(JSON.stringify(inspection));
  else for (const line of formatInspection(inspection, widthOf(cli))) await cli.line(line);
}
