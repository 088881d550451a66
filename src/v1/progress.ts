import type { Hash } from './hash.js';

/** Where a transfer goes. */
export type SinkKind = 'registry' | 'archive' | 'layout' | 'daemon';

/**
 * What happens to one blob: enough to draw a bar for it.
 *
 * A transfer is `started`, then reports `progress`, may be `resumed` after the connection broke, and ends as
 * `done` or `failed`. A blob that needs no transfer is only `existing`, `mounted` (the registry took it
 * from another of its repositories) or `skipped` (a layer that may not be distributed).
 */
export interface BlobProgress {
  readonly kind: 'blob';
  readonly sink: SinkKind;
  readonly state: 'started' | 'progress' | 'resumed' | 'done' | 'failed' | 'existing' | 'mounted' | 'skipped';
  /** Where it goes: a repository such as `index.docker.io/library/busybox`, or a path. */
  readonly target: string;
  /** Unknown until a one-shot stream was read to its end. */
  readonly digest?: Hash | undefined;
  /** Bytes of the blob; unknown as above. */
  readonly size?: number | undefined;
  /** Bytes transferred so far; may go back when a transfer starts over. */
  readonly transferred: number;
}

/** A manifest or index was written, or found to be there already. */
export interface ManifestProgress {
  readonly kind: 'manifest';
  readonly sink: SinkKind;
  readonly state: 'done' | 'existing';
  /** The full reference, such as `index.docker.io/library/busybox:latest`, or a path. */
  readonly target: string;
  readonly digest: Hash;
  /** Bytes of the manifest. */
  readonly size: number;
}

/** A plain event of a transfer; see `onProgress`. */
export type ProgressEvent = BlobProgress | ManifestProgress;

/** Called with each event, in order and at once; what it throws fails the operation. */
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

/** Mixed into the options of everything that transfers blobs. */
export interface ProgressOptions {
  readonly onProgress?: OnProgress | undefined;
}
