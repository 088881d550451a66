import { isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { knownDigest } from '../../partial/known-digest.js';
import { uniteScopes } from '../../transport/auth/scopes.js';
import type { Hash } from '../../v1/hash.js';
import type { Layer, MountSource } from '../../v1/layer.js';
import { nextStreamNumber } from '../../v1/progress.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { isKnownBlob } from '../read/has-blob.js';
import { BlobUpload } from '../upload/blob-upload.js';
import { cancelUpload, type KnownBlob, mountOrBegin, type OpenUpload } from '../upload/protocol.js';
import { claimUpload, findResumableUpload } from '../upload/remembered-upload.js';
import { UploadSource } from '../upload/source.js';
import { uploadStream } from '../upload/stream-upload.js';
import { blobReporter, reported } from './blob-progress.js';

/**
 * Brings a blob into the repository with as few requests as possible: none if the blob was read from this repository,
 * one if it can be mounted or exists, three otherwise. The content is opened only if it has to be sent.
 */
export async function writeBlob(
  writer: RepositoryWriter,
  layer: Layer,
  options: AbortOptions,
): Promise<void> {
  const { repository, connection } = writer;
  const { uploads } = connection;
  const digest = await knownDigest(layer, options);
  if (digest === undefined) return uploads.limit(async () => sendStream(writer, layer, options), options);
  return uploads.once(
    repository,
    digest,
    async (options) => {
      const source = mountSource(writer, layer) ?? (await uploads.holder(repository, digest, options));
      await uploads.limit(async () => transfer(writer, layer, digest, source, options), options);
    },
    options,
  );
}

/** The same writer with the scopes to mount these layers, so that one token is enough for the push. */
export function withMountScopes(writer: RepositoryWriter, layers: readonly Layer[]): RepositoryWriter {
  const scopes = layers.flatMap((layer) => {
    const source = mountSource(writer, layer);
    return source === undefined ? [] : [mountScope(source)];
  });
  return { ...writer, scopes: uniteScopes(writer.scopes, scopes) };
}

/** Where the registry can mount the layer from: a repository of the same registry. */
function mountSource({ repository }: RepositoryWriter, layer: Layer): MountSource | undefined {
  const source = layer.mountFrom?.();
  return source?.registry === repository.registryStr() ? source : undefined;
}

function mountScope({ repository }: MountSource): string {
  return `repository:${repository}:pull`;
}

/** Brings a blob with a known digest into the repository: it exists there, is mounted, or is sent. */
async function transfer(
  writer: RepositoryWriter,
  layer: Layer,
  digest: Hash,
  source: MountSource | undefined,
  options: AbortOptions,
): Promise<void> {
  const { repository, mirrored, found, scopes } = writer;
  const report = blobReporter(writer, { digest });
  const isFromHere = source?.repository === repository.repositoryStr();
  if ((isFromHere && !mirrored) || found.get(digest) === true) {
    report('existing', 0);
    return;
  }
  const upload =
    source === undefined || isFromHere ? undefined : await mount(writer, digest, source, options);
  if (upload === 'mounted') {
    report('mounted', 0);
    return;
  }
  if (!found.has(digest) && (await isKnownBlob(writer, digest, scopes, options))) {
    if (upload !== undefined) cancelUpload(writer, upload);
    report('existing', 0);
    return;
  }
  await sendBlob(writer, layer, { digest, size: await layer.size(options) }, upload, options);
}

/** Undefined if the registry refuses to mount the blob. If it only does not mount it, it starts an upload. */
async function mount(
  writer: RepositoryWriter,
  digest: Hash,
  from: MountSource,
  options: AbortOptions,
): Promise<OpenUpload | 'mounted' | undefined> {
  try {
    const scopes = uniteScopes(writer.scopes, [mountScope(from)]);
    return await mountOrBegin({ ...writer, scopes }, digest, from, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isContainerError(error)) return undefined;
    throw error;
  }
}

/** Sends a blob: resumes the upload of an earlier process, continues one that is started, or starts one. */
async function sendBlob(
  writer: RepositoryWriter,
  layer: Layer,
  blob: KnownBlob,
  started: OpenUpload | undefined,
  options: AbortOptions,
): Promise<void> {
  const report = blobReporter(writer, { digest: blob.digest, size: blob.size });
  const onResumed = (offset: number): void => {
    report('resumed', offset);
  };
  await reported(report, async (onBytes) => {
    const claimed = await claimUpload(writer, blob, options);
    try {
      const resumable = claimed && (await findResumableUpload(writer, blob, claimed, options));
      if (resumable !== undefined) {
        if (started !== undefined) cancelUpload(writer, started);
        onResumed(resumable.offset);
      }
      const source = new UploadSource(layer, blob, onBytes);
      const { signal } = options;
      const upload = { signal, upload: started, ...resumable, claimed, onResumed };
      await new BlobUpload(writer, blob, source, upload).send();
    } finally {
      await claimed?.release();
    }
    report('done', blob.size);
  });
}

/** Sends a layer whose digest is known only after it was read. */
async function sendStream(writer: RepositoryWriter, layer: Layer, options: AbortOptions): Promise<void> {
  const began = performance.now();
  const stream = nextStreamNumber();
  const report = blobReporter(writer, { stream }, began);
  const onResumed = (offset: number): void => {
    report('resumed', offset);
  };
  await reported(report, async (onBytes) => {
    const { digest, size } = await uploadStream(writer, layer, { ...options, onBytes, onResumed });
    blobReporter(writer, { digest, size, stream }, began)('done', size);
  });
}
