import path from 'node:path';
import { withConfigBytes } from '../../crane/changing/config-bytes.js';
import { find } from '../../crane/locations/find.js';
import type { Pushed } from '../../crane/locations/pushed.js';
import { writeTo } from '../../crane/locations/write-to.js';
import { parseLocation } from '../../crane/names/location.js';
import { referenceOf, remoteOptions } from '../../crane/names/options.js';
import { registryReference, targetFor } from '../../crane/names/target.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { sha256Bytes } from '../../v1/hash.js';
import { editFiles, fileIn } from '../../mutate/edit-files.js';
import { put } from '../../remote/push.js';
import { printPushed } from '../actions/write-result.js';
import { warnOfOneImage } from '../arguments/chosen-platforms.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';
import { contentFromStdin, editDocument, isInteractive } from './documents.js';
import { editInEditor, MAX_EDIT_BYTES } from './editor.js';

export interface EditFlags {
  readonly tag?: string;
  readonly json?: boolean;
}

export interface EditManifestFlags extends EditFlags {
  readonly mediaType?: string;
}

export interface EditFsFlags extends EditFlags {
  readonly filename?: string;
}

/** Edits the config of an image. */
export async function editConfig(cli: Cli, reference: string, flags: EditFlags): Promise<void> {
  const { image, target } = await openImage(cli, reference, flags);
  const raw = await image.rawConfigFile({ signal: cli.io.signal });
  const pushed = await editDocument(cli, 'config', raw, async (edited) =>
    writeTo(withConfigBytes(image, edited), target, cli.options),
  );
  await report(cli, pushed, flags);
}

/** Edits a manifest of any kind in a registry. What it lists must exist in the repository. */
export async function editManifest(cli: Cli, reference: string, flags: EditManifestFlags): Promise<void> {
  const { signal } = cli.io;
  const source = registryReference(parseLocation(reference));
  const tag = flags.tag === undefined ? source : registryReference(parseLocation(flags.tag));
  if (source === undefined || tag === undefined)
    throw new UnsupportedError('only a manifest in a registry can be edited', {
      hint: 'push the image first',
    });
  const named = referenceOf(tag, cli.options);
  const found = await find(source, cli.options);
  const raw = await found.rawManifest({ signal });
  const pushed = await editDocument(cli, 'manifest', raw, async (edited): Promise<Pushed> => {
    const digest = sha256Bytes(edited);
    const mediaType = flags.mediaType ?? mediaTypeIn(edited) ?? found.mediaType;
    const to = named.kind === 'tag' ? named : named.context().digest(digest);
    const taggable = { mediaType: async () => mediaType, rawManifest: async () => edited };
    await put(to, taggable, remoteOptions(cli.options));
    const written = named.context().digest(digest).name();
    return { reference: written, digest, mediaType, size: edited.byteLength };
  });
  await report(cli, pushed, flags);
}

/** Edits one file of an image, or creates it. */
export async function editFs(cli: Cli, reference: string, flags: EditFsFlags): Promise<void> {
  const { filename } = flags;
  if (filename === undefined) throw new UsageError('no file is named', 'name it with -f');
  const { image, target } = await openImage(cli, reference, flags);
  const { signal } = cli.io;
  const push = async (content: Uint8Array): Promise<Pushed> => {
    const edited = editFiles(
      image,
      { [filename]: content },
      { history: { created_by: `gantry edit fs ${filename}` } },
    );
    return writeTo(edited, target, cli.options);
  };
  if (!isInteractive(cli)) {
    await report(cli, await push(await contentFromStdin(cli)), flags);
    return;
  }
  const before = await fileIn(image, filename, { signal, maxFileBytes: MAX_EDIT_BYTES });
  const content = Buffer.from(before?.bytes ?? []);
  const pushed = await editInEditor(cli, content, path.posix.extname(filename), async (edited) =>
    before !== undefined && content.equals(edited) ? undefined : push(edited),
  );
  await report(cli, pushed, flags);
}

async function openImage(cli: Cli, reference: string, flags: EditFlags) {
  const location = parseLocation(reference);
  const tag = flags.tag === undefined ? undefined : parseLocation(flags.tag);
  const target = targetFor(location, tag);
  const found = await find(location, cli.options);
  warnOfOneImage(cli, reference, found, tag === undefined);
  return { image: await found.image({ signal: cli.io.signal }), target };
}

/** The media type that a manifest has in itself. */
function mediaTypeIn(manifest: Uint8Array): string | undefined {
  const { mediaType } = JSON.parse(Buffer.from(manifest).toString()) as { readonly mediaType?: unknown };
  return typeof mediaType === 'string' && mediaType !== '' ? mediaType : undefined;
}

async function report(cli: Cli, pushed: Pushed | undefined, flags: EditFlags): Promise<void> {
  if (pushed === undefined) cli.note('nothing has changed, so nothing was pushed');
  else await printPushed(cli, pushed, flags);
}
