import { type Location, parseLocation, parsePathLocation } from '../../crane/names/location.js';
import type { PushFromOptions } from '../../crane/locations/push-from.js';
import type { Pushed } from '../../crane/locations/pushed.js';
import { newHash } from '../../v1/hash.js';
import type { Cli } from '../context/cli.js';
import { printPushed } from './write-result.js';
import type { Prompter } from '../terminal/prompt.js';
import { UsageError } from '../terminal/exit-code.js';

export interface PushFlags {
  readonly index?: boolean;
  readonly tag?: string;
  readonly digest?: string;
  readonly imageRefs?: string;
  readonly json?: boolean;
  readonly resume?: boolean;
  readonly yes?: boolean;
}

/** Pushes an image from a path, or everything in it that has a tag, and prints the references with digests. */
export async function push(
  cli: Cli,
  source: string,
  target: string | undefined,
  flags: PushFlags,
): Promise<void> {
  const from = parsePathLocation(source);
  const options: PushFromOptions = {
    ...cli.options,
    ...(flags.resume === true && { uploadState: await uploads(cli) }),
    index: flags.index === true,
  };
  const pushed =
    target === undefined
      ? await pushAll(cli, from, flags, options)
      : [await pushOne(from, target, flags, options)];
  if (flags.imageRefs !== undefined) {
    const { writeFileAtomic } = await import('../../internal/files/atomic-file.js');
    await writeFileAtomic(flags.imageRefs, Buffer.from(pushed.map(({ reference }) => reference).join('\n')));
  }
  const to = target === undefined ? undefined : parseLocation(target);
  for (const one of pushed) await printPushed(cli, one, flags, to);
}

async function pushOne(
  from: Location,
  target: string,
  flags: PushFlags,
  options: PushFromOptions,
): Promise<Pushed> {
  const to = parseLocation(target);
  const chosen = flags.tag !== undefined || flags.digest !== undefined;
  if (to.kind === 'docker' && 'path' in from) {
    if (chosen && (from.tag !== undefined || from.digest !== undefined)) {
      throw new UsageError('the path already selects an image', 'leave out --tag and --digest');
    }
    const { pushFrom } = await import('../../crane/locations/push-from.js');
    const tag = flags.tag ?? from.tag;
    const digest = flags.digest === undefined ? from.digest : newHash(flags.digest);
    const kept = from.kind === 'oci-archive' && { originalManifest: true };
    return pushFrom(from.path, to.reference, { ...options, tag, digest, ...kept });
  }
  if (chosen || options.index === true) {
    throw new UsageError(
      '--tag, --digest and --index can be used only for a push from the disk to a registry',
    );
  }
  const { contentOf, find } = await import('../../crane/locations/find.js');
  const { writeTo } = await import('../../crane/locations/write-to.js');
  return writeTo(await contentOf(await find(from, options), options), to, options);
}

async function pushAll(
  cli: Cli,
  from: Location,
  flags: PushFlags,
  options: PushFromOptions,
): Promise<readonly Pushed[]> {
  const chosen = flags.tag !== undefined || flags.digest !== undefined || flags.index === true;
  if (chosen || !('path' in from) || from.tag !== undefined || from.digest !== undefined) {
    throw new UsageError(
      'no image to push to',
      'give a reference; a push without one pushes everything in an archive or layout by its tags',
    );
  }
  const { pushTags } = await import('../../crane/locations/push-from.js');
  const { prompter } = flags.yes === true ? {} : cli;
  return pushTags(from.path, {
    ...options,
    onReferences: prompter && (async (references) => confirm(prompter, references)),
  });
}

/** The names come from the file, and a person at a terminal may not know them. */
async function confirm(prompter: Prompter, references: readonly string[]): Promise<void> {
  const typed = (await prompter.ask(`Push to ${references.join(', ')}? [y/N] `)) ?? '';
  if (/^y(?:es)?$/i.test(typed.trim())) return;
  throw new UsageError('nothing was pushed', 'name the reference to push to, or give --yes');
}

async function uploads({ io }: Cli): Promise<PushFromOptions['uploadState']> {
  const { fileUploadState, uploadStateDirectory } = await import('../../remote/upload/file-upload-state.js');
  return fileUploadState(uploadStateDirectory(io.env));
}
