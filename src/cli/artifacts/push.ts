import { attach, type Attachment } from '../../artifact/attach.js';
import { push } from '../../artifact/push.js';
import { parseLocation } from '../../crane/names/location.js';
import { printPushed } from '../actions/write-result.js';
import type { Cli } from '../context/cli.js';
import { type ContentFlags, definitionOf } from './definition.js';

/** Pushes an artifact, and prints its reference with the digest. */
export async function pushArtifact(
  cli: Cli,
  reference: string,
  files: readonly string[],
  flags: ContentFlags,
): Promise<void> {
  const target = parseLocation(reference);
  const definition = await definitionOf(files, flags);
  await printPushed(cli, await push(target, definition, cli.options), flags, target);
}

/** Attaches an artifact to an image, and prints the reference of the artifact. */
export async function attachArtifact(
  cli: Cli,
  reference: string,
  files: readonly string[],
  flags: ContentFlags & { readonly artifactType: string },
): Promise<void> {
  const subject = parseLocation(reference);
  const definition = await definitionOf(files, flags);
  const attachment: Attachment = { ...definition, type: flags.artifactType };
  await printPushed(cli, await attach(subject, attachment, cli.options), flags);
}
