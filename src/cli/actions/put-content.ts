import { createReadStream } from 'node:fs';
import { putBlob } from '../../crane/uploading/put-blob.js';
import { putManifest } from '../../crane/uploading/put-manifest.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { collect } from '../../internal/streams/collect.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { MANIFEST_MAX_BYTES } from '../../v1/documents/decode-document.js';
import type { Cli } from '../context/cli.js';
import { printPushed } from './write-result.js';

export interface PutFlags {
  readonly mediaType?: string;
  readonly json?: boolean;
}

/** Uploads a file or stdin as a blob. */
export async function putBlobFrom(
  cli: Cli,
  repository: string,
  file: string,
  flags: PutFlags,
): Promise<void> {
  const content = file === '-' ? cli.io.stdin : { path: file };
  await printPushed(
    cli,
    await putBlob(repository, content, { ...cli.options, mediaType: flags.mediaType }),
    flags,
  );
}

/** Puts a manifest from a file or from stdin. */
export async function putManifestFrom(cli: Cli, image: string, file: string, flags: PutFlags): Promise<void> {
  const bytes = await readDocument(cli, file, MANIFEST_MAX_BYTES);
  const { mediaType } = flags;
  await printPushed(cli, await putManifest(image, bytes, { ...cli.options, mediaType }), flags);
}

/** The content of a small file, or of stdin for `-`. */
export async function readDocument({ io }: Cli, file: string, maxBytes: number): Promise<Buffer> {
  const source = file === '-' ? io.stdin : ignoreLateErrors(createReadStream(file));
  try {
    return await collect(source, { maxBytes, subject: file === '-' ? 'stdin' : file, signal: io.signal });
  } catch (error) {
    throw isSystemError(error) ? fileSystemError('read', file, error) : error;
  }
}

/** Whether a call of the operating system failed. */
function isSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
