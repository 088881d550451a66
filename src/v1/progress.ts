import type { Hash } from './hash.js';

/** The kind of destination of a transfer; a daemon is a Docker Engine. */
export type SinkKind = 'registry' | 'archive' | 'layout' | 'daemon';

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
  /** Bytes transferred so far; the number may go back when a transfer starts over. */
  readonly transferred: number;
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
export type ProgressEvent = BlobProgress | ManifestProgress;

/** Receives each event, in order and synchronously. If it throws, the operation fails with that error. */
export type OnProgress = (event: ProgressEvent) => void;

/** The digest and size of a blob, as far as they are known. */
export type ReportedBlob = Pick<BlobProgress, 'digest' | 'size'>;

/** Reports what one sink does. */
export interface ProgressReporter {
  blob(state: BlobProgress['state'], blob: ReportedBlob, transferred: number): void;
  manifest(state: ManifestProgress['state'], manifest: Pick<ManifestProgress, 'digest' | 'size'>): void;
}

/** Builds the events of a sink and passes them to `onProgress`, so that the events of all sinks are alike. */
export function progressReporter(
  sink: SinkKind,
  target: string,
  onProgress: OnProgress | undefined,
): ProgressReporter {
  return {
    blob: (state, { digest, size }, transferred) => {
      onProgress?.({ kind: 'blob', sink, state, target, digest, size, transferred });
    },
    manifest: (state, { digest, size }) => {
      onProgress?.({ kind: 'manifest', sink, state, target, digest, size });
    },
  };
}

/** Mixed into the options of every function that transfers blobs. */
export interface ProgressOptions {
  /** Receives each event of the transfer, in order and synchronously. If it throws, the operation fails. */
  readonly onProgress?: OnProgress | undefined;
}
