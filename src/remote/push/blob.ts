import { isContainerError } from '../../errors/base.js';
import { NotComputedError } from '../../errors/stream-state.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { publish, type Transfer } from '../../transport/wire/diagnostics.js';
import { uniteScopes } from '../../transport/auth/scopes.js';
import type { Hash } from '../../v1/hash.js';
import type { Layer, MountSource } from '../../v1/layer.js';
import type { BlobProgress } from '../../v1/progress.js';
import type { Connections } from '../connection/connection.js';
import { isKnownBlob } from '../read/has-blob.js';
import { claimUpload, leftBehind } from '../upload/remembered-upload.js';
import { uploadKnown } from '../upload/blob-upload.js';
import { cancelUpload, mountOrBegin, type PushAccess, type UploadTarget } from '../upload/protocol.js';
import { uploadSource } from '../upload/source.js';
import { uploadStream } from '../upload/stream-upload.js';

/** One push into one repository. */
export interface PushRun {
  readonly connections: Connections;
  readonly access: PushAccess;
  /** Blobs and manifests that the repository was found to have, or not to have, when it was asked. */
  readonly found: Map<Hash, boolean>;
}

/**
 * Brings a blob into the repository with as few requests as can be: none if the blob was read from
 * there, one if it can be mounted or is there, three otherwise. The content is opened only if it has to be sent.
 */
export async function writeBlob(run: PushRun, layer: Layer, options: AbortOptions): Promise<void> {
  const { connections, access } = run;
  const { uploads } = connections;
  const digest = await computed(layer.digest(options));
  if (digest === undefined) return uploads.limit(async () => sendStream(run, layer, options), options);
  return uploads.once(
    access.repository,
    digest,
    async (options) => {
      const known = mountSource(run, layer) ?? (await uploads.holder(access.repository, digest, options));
      await uploads.limit(async () => transfer(run, layer, digest, known, options), options);
    },
    options,
  );
}

/** The value, or undefined if it comes out of a stream that was not read yet. */
export async function computed<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof NotComputedError) return undefined;
    throw error;
  }
}

/** Where the blob can be mounted from: a repository of the same registry. */
function mountSource({ access }: PushRun, layer: Layer): MountSource | undefined {
  const source = layer.mountFrom?.();
  return source?.registry === access.repository.registryStr() ? source : undefined;
}

async function transfer(
  run: PushRun,
  layer: Layer,
  digest: Hash,
  from: MountSource | undefined,
  options: AbortOptions,
): Promise<void> {
  const { access } = run;
  const note = reporter(run, digest, undefined);
  const here = from?.repository === access.repository.repositoryStr();
  if ((here && !access.mirrored) || run.found.get(digest) === true) {
    note('existing', 0);
    return;
  }
  const place = from === undefined || here ? undefined : await mount(access, digest, from, options);
  if (place === 'mounted') {
    note('mounted', 0);
    return;
  }
  if (!run.found.has(digest) && (await isKnownBlob(access, digest, access.scopes, options))) {
    if (place !== undefined) cancelUpload(access, place);
    note('existing', 0);
    return;
  }
  const size = await layer.size(options);
  const report = reporter(run, digest, size);
  await reported(report, async (sent) => {
    const blob = { digest, size };
    const onResumed = (offset: number): void => {
      report('resumed', offset);
    };
    const claimed = await claimUpload(access, blob, options);
    try {
      const left = claimed && (await leftBehind(access, blob, claimed, options));
      if (left !== undefined) {
        if (place !== undefined) cancelUpload(access, place);
        onResumed(left.offset);
      }
      const source = uploadSource(layer, blob, sent);
      await uploadKnown(access, blob, source, { ...options, place, ...left, claimed, onResumed });
    } finally {
      await claimed?.release();
    }
    report('done', size);
  });
}

/** A registry that will not mount starts an upload, or refuses; then there is none. */
async function mount(
  access: PushAccess,
  digest: Hash,
  from: MountSource,
  options: AbortOptions,
): Promise<UploadTarget | 'mounted' | undefined> {
  try {
    const scopes = uniteScopes(access.scopes, [`repository:${from.repository}:pull`]);
    return await mountOrBegin({ ...access, scopes }, digest, from, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isContainerError(error)) return undefined;
    throw error;
  }
}

async function sendStream(run: PushRun, layer: Layer, options: AbortOptions): Promise<void> {
  const began = performance.now();
  const report = reporter(run, undefined, undefined, began);
  await reported(report, async (sent) => {
    const onResumed = (offset: number): void => {
      report('resumed', offset);
    };
    const { digest, size } = await uploadStream(run.access, layer, { ...options, onBytes: sent, onResumed });
    reporter(run, digest, size, began)('done', size);
  });
}

type Report = (state: BlobProgress['state'], transferred: number) => void;

function reporter(
  { access }: PushRun,
  digest: Hash | undefined,
  size: number | undefined,
  began = performance.now(),
): Report {
  const { onProgress } = access.settings;
  const target = access.repository.name();
  const transfer: Transfer = { direction: 'upload', repository: target, digest, size };
  return (state, transferred) => {
    onProgress({ kind: 'blob', sink: 'registry', state, target, digest, size, transferred });
    if (state === 'resumed') publish('resume', () => ({ ...transfer, offset: transferred }));
    if (state === 'done' || state === 'failed' || state === 'existing' || state === 'mounted') {
      const durationMs = Math.round(performance.now() - began);
      publish('blob', () => ({ ...transfer, outcome: state, transferred, durationMs }));
    }
  };
}

/** Bytes between two events. */
const STEP = 512 * 1024;

/** Reports the start, now and then the progress, and a failure. */
async function reported(
  report: Report,
  send: (sent: (position: number) => void) => Promise<void>,
): Promise<void> {
  let next = STEP;
  let position = 0;
  report('started', 0);
  try {
    await send((now) => {
      if (now < position) next = now + STEP;
      position = now;
      if (now < next) return;
      next = now + STEP;
      report('progress', now);
    });
  } catch (error) {
    report('failed', position);
    throw error;
  }
}
