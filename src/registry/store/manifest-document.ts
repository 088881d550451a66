import { BadDigestError } from '../../errors/invalid/digest.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import { decodeIndexManifest, decodeManifest } from '../../v1/documents/decode-manifest.js';
import { canonical, isDistributable, isImage, isIndex } from '../../v1/types.js';
import { ProtocolError } from './protocol-error.js';

/** The parts of a pushed manifest that the registry uses. */
export interface ManifestDocument {
  readonly mediaType: MediaType;
  /** Config and layers that the repository must have. Layers that clients fetch from other servers are not included. */
  readonly blobs: readonly Descriptor[];
  /** The entries of an index. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Hash | undefined;
  /** The artifact type for lists of referrers: the config's media type if an image does not name one. */
  readonly artifactType?: string | undefined;
  readonly annotations?: Annotations | undefined;
}

/**
 * Parses a manifest by its media type. Images and indexes must satisfy their specification; other documents must only be
 * JSON objects. Otherwise the response is 400.
 */
export function parseManifestDocument(
  content: Uint8Array,
  contentType: string | undefined,
  maxBytes: number,
): ManifestDocument {
  try {
    const mediaType = mediaTypeOf(content, contentType);
    const options = { mediaType, maxBytes };
    if (isImage(mediaType)) return imageDocument(mediaType, decodeManifest(content, options));
    if (isIndex(mediaType)) return indexDocument(mediaType, decodeIndexManifest(content, options));
    return { mediaType, blobs: [], manifests: [] };
  } catch (error) {
    const isClientError =
      error instanceof ManifestInvalidError ||
      error instanceof LimitExceededError ||
      error instanceof UnsupportedError ||
      error instanceof BadDigestError;
    throw isClientError ? invalid(error.message) : error;
  }
}

function imageDocument(mediaType: MediaType, manifest: ReturnType<typeof decodeManifest>): ManifestDocument {
  const { annotations, artifactType, config, layers, subject } = manifest;
  return {
    mediaType,
    blobs: [config, ...layers].filter(isKeptHere),
    manifests: [],
    subject: subject?.digest,
    artifactType: artifactType === undefined || artifactType === '' ? config.mediaType : artifactType,
    annotations,
  };
}

function indexDocument(
  mediaType: MediaType,
  index: ReturnType<typeof decodeIndexManifest>,
): ManifestDocument {
  const { annotations, artifactType, manifests, subject } = index;
  return {
    mediaType,
    blobs: [],
    manifests,
    subject: subject?.digest,
    artifactType: artifactType === '' ? undefined : artifactType,
    annotations,
  };
}

function isKeptHere({ mediaType, urls }: Descriptor): boolean {
  return isDistributable(mediaType) && (urls === undefined || urls.length === 0);
}

/** The media type in the client's `Content-Type`, or else in the document. If both name one, they must agree. */
function mediaTypeOf(content: Uint8Array, contentType: string | undefined): MediaType {
  const document = parseObject(content);
  const documentType = typeof document.mediaType === 'string' ? canonical(document.mediaType) : '';
  const declaredType = canonical(contentType ?? '');
  if (documentType !== '' && declaredType !== '' && documentType !== declaredType) {
    throw invalid(
      `mediaType ${documentType.slice(0, 128)} differs from the Content-Type ${declaredType.slice(0, 128)}`,
    );
  }
  const mediaType = declaredType === '' ? documentType : declaredType;
  if (mediaType === '') throw invalid('manifest has no media type');
  if (!isManifestType(mediaType))
    throw invalid(`${mediaType.slice(0, 128)} is not the media type of a manifest`);
  return mediaType;
}

/**
 * Whether a media type may be that of a manifest: a type of JSON, or the signed type of Docker's schema 1. A web page or a
 * picture that was pushed as a manifest could run scripts with the rights of the registry's origin.
 */
export function isManifestType(mediaType: string): boolean {
  return /^application\/(?:[a-z0-9][a-z0-9!#$&^_.+-]*[+.])?(?:json|prettyjws)$/.test(mediaType);
}

function parseObject(content: Uint8Array): { readonly mediaType?: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    throw invalid('manifest is not JSON');
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  throw invalid('manifest is not a JSON object');
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(400, 'MANIFEST_INVALID', message);
}
