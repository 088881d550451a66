import type { Hash } from './hash.js';
import type { MediaType } from './media-type.js';

/** What a sink tells `onProgress`, in the order in which things happen. */
export type ProgressEvent = BlobProgress | ManifestProgress;

/** Called for every event, synchronously: it must be quick and must not throw. */
export type OnProgress = (event: ProgressEvent) => void;

/** Options of everything that reports progress. */
export interface ProgressOptions {
  readonly onProgress?: OnProgress | undefined;
}

/**
 * One blob on its way. The first event about a blob is `started`, `existing`, `mounted` or
 * `skipped`; a started one ends with `existing`, `mounted`, `uploaded` or `failed`.
 */
export interface BlobProgress {
  readonly kind: 'blob';
  readonly state:
    | 'started'
    | 'progress'
    /** The transfer broke and goes on at `transferred`, which may be less than before. */
    | 'resumed'
    /** It is at the destination already. */
    | 'existing'
    /** The registry took it from another of its repositories. */
    | 'mounted'
    /** A layer that may not be distributed stays behind. */
    | 'skipped'
    | 'uploaded'
    | 'failed';
  /** Tells blobs apart while the digest of a streamed one is not known. */
  readonly id: string;
  readonly digest?: Hash | undefined;
  /** Bytes of the blob; undefined while a streamed one is not at its end. */
  readonly size?: number | undefined;
  /** Bytes sent so far. */
  readonly transferred: number;
  readonly mediaType: MediaType;
  /** Where it goes to, such as `ghcr.io/owner/app`. */
  readonly target: string;
}

/** A manifest or index. */
export interface ManifestProgress {
  readonly kind: 'manifest';
  /** `existing` if the reference named these very bytes already. */
  readonly state: 'existing' | 'pushed';
  readonly sink: SinkKind;
  /** The full reference, with tag or digest. */
  readonly reference: string;
  readonly digest: Hash;
  readonly size: number;
  readonly mediaType: MediaType;
}
