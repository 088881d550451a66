import { referenceOf } from '../crane/options.js';
import { pushChanged } from '../crane/push-changed.js';
import type { Pushed } from '../crane/push-from.js';
import { save } from '../crane/save.js';
import type { Image } from '../v1/image.js';
import type { Cli } from './cli.js';

/** Saves an image that a command made, or pushes it and prints what it was pushed as. */
export async function deliver(
  cli: Cli,
  image: Image,
  reference: string,
  flags: { readonly output?: string; readonly json?: boolean },
): Promise<void> {
  if (flags.output !== undefined) await save(image, reference, flags.output, cli.options);
  else
    await printPushed(cli, await pushChanged(image, referenceOf(reference, cli.options), cli.options), flags);
}

export async function printPushed(
  cli: Cli,
  { reference, digest, mediaType, size }: Pushed,
  flags: { readonly json?: boolean },
): Promise<void> {
  await cli.line(flags.json === true ? JSON.stringify({ reference, digest, mediaType, size }) : reference);
}
