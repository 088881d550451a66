import type { Descriptor } from './descriptor.js';
import type { Hash } from './hash.js';
import { isImage, isIndex } from './types.js';

/**
 * The kind of destination of a transfer. A daemon is a Docker Engine. A reader is a function of this library that needs
 * the content and does not store it: it checks, exports or changes an image.
 */
export type SinkKind = 'registry' | 'archive' | 'layout' | 'daemon' | 'reader';

/**
 * A change in the transfer of one blob, with what a progress bar for the blob needs.
 *
 * A transfer is `started`, then reports `progress`, may be `resumed` after the connection broke, and ends as
 * `done` or `failed`. A blob that needs no transfer is only `existing`, `mounted` (the registry copied it from
 * another of its repositories) or `skipped` (a layer that may not be distributed).
 */
export interface BlobProgress {
  /** Distinguishes a blob's event from a manifest's. */
  readonly kind: 'blob';
  /** Kind of the destination. */
  readonly sink: SinkKind;
  /** State of the transfer after this event. */
  readonly state: 'started' | 'progress' | 'resumed' | 'done' | 'failed' | 'existing' | 'mounted' | 'skipped';
  /** The destination: a repository such as `index.docker.io/library/busybox`, or a path. */
  readonly target: string;
  /** Digest of the blob; unknown until a one-shot stream was read to its end. */
  readonly digest?: Hash | undefined;
  /** Size of the blob in bytes; unknown until a one-shot stream was read to its end. */
  readonly size?: number | undefined;
  /**
   * A number that all events of one transfer have in common, if the digest of the blob was not known when the transfer
   * started. It is unique in this process.
   */
  readonly stream?: number | undefined;
  /** Bytes transferred so far; the number may go back when a transfer starts over. */
  readonly transferred: number;
}

/** The digest and size of a blob, as far as they are known. */
export type ReportedBlob = Pick<BlobProgress, 'digest' | 'size'>;

/**
 * What the transfer of an image, an index or an archive consists of. The event comes before the first byte of these
 * blobs. A destination that has the manifest already gets no such event.
 *
 * An index has one event of its own, which lists its children, and then one for each child.
 */
export interface PlanProgress {
  /** Distinguishes a plan from the events of blobs and manifests. */
  readonly kind: 'plan';
  /** Kind of the destination. */
  readonly sink: SinkKind;
  /** The blobs are expected, and none of them is started. */
  readonly state: 'expected';
  /** The destination, as in the events of the blobs. */
  readonly target: string;
  /** Digest of the manifest that lists the blobs; unknown for an archive and before a one-shot stream was read. */
  readonly digest?: Hash | undefined;
  /** Each blob once, also the blobs that need no transfer. A one-shot stream has neither digest nor size. */
  readonly blobs: readonly ReportedBlob[];
  /** The children of an index whose blobs are not known yet. */
  readonly manifests: readonly Hash[];
}

/** The destination has a manifest or an index now (`done`), or had it already (`existing`). */
export interface ManifestProgress {
  /** Distinguishes a manifest's event from a blob's. */
  readonly kind: 'manifest';
  /** Kind of the destination. */
  readonly sink: SinkKind;
  /** Whether the manifest was written. */
  readonly state: 'done' | 'existing';
  /** The full reference, such as `index.docker.io/library/busybox:latest`, or a path. */
  readonly target: string;
  /** Digest of the manifest. */
  readonly digest: Hash;
  /** Size of the manifest in bytes. */
  readonly size: number;
}

/** A plain event of a transfer; see {@link ProgressOptions.onProgress}. */
export type ProgressEvent = BlobProgress | ManifestProgress | PlanProgress;

/** Receives each event, in order and synchronously. If it throws, the operation fails with that error. */
export type OnProgress = (event: ProgressEvent) => void;

/** A blob in the events of a reporter. */
export type TransferredBlob = Pick<BlobProgress, 'digest' | 'size' | 'stream'>;

/** The blobs and children that a plan lists. */
export interface Plan extends Pick<PlanProgress, 'digest' | 'blobs'> {
  readonly manifests?: readonly Hash[];
}

/** The plan of an index. Children that are neither images nor indexes are blobs. */
export function planOfIndex(digest: Hash, children: readonly Descriptor[]): Plan {
  const isManifest = ({ mediaType }: Descriptor): boolean => isImage(mediaType) || isIndex(mediaType);
  return {
    digest,
    manifests: children.filter(isManifest).map((child) => child.digest),
    blobs: children
      .filter((child) => !isManifest(child))
      .map((child) => ({ digest: child.digest, size: child.size })),
  };
}

/** Reports what one sink does. */
export interface ProgressReporter {
  plan(plan: Plan): void;
  blob(state: BlobProgress['state'], blob: TransferredBlob, transferred: number): void;
  manifest(state: ManifestProgress['state'], manifest: Pick<ManifestProgress, 'digest' | 'size'>): void;
}

/** Builds the events of a sink and passes them to `onProgress`, so that the events of all sinks are alike. */
export function progressReporter(
  sink: SinkKind,
  target: string,
  onProgress: OnProgress | undefined,
): ProgressReporter {
  return {
    plan: ({ digest, blobs, manifests = [] }) => {
      onProgress?.({ kind: 'plan', sink, state: 'expected', target, digest, blobs, manifests });
    },
    blob: (state, { digest, size, stream }, transferred) => {
      const named = stream === undefined ? undefined : { stream };
      onProgress?.({ kind: 'blob', sink, state, target, digest, size, ...named, transferred });
    },
    manifest: (state, { digest, size }) => {
      onProgress?.({ kind: 'manifest', sink, state, target, digest, size });
    },
  };
}

let streams = 0;

/** A number for the transfer of a blob whose digest is not known. */
export function nextStreamNumber(): number {
  streams += 1;
  return streams;
}

/** Mixed into the options of every function that transfers blobs. */
export interface ProgressOptions {
  /** Receives each event of the transfer, in order and synchronously. If it throws, the operation fails. */
  readonly onProgress?: OnProgress | undefined;
}
