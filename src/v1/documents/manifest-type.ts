import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { MediaType } from '../media-type.js';
import {
  canonical,
  dockerManifestSchema1,
  dockerManifestSchema1Signed,
  isImage,
  isIndex,
  isSchema1,
  ociImageIndex,
  ociManifestSchema1,
} from '../types.js';

/**
 * Finds the media type of a manifest. The `Content-Type` and the document's own `mediaType` must agree. If there is no
 * `Content-Type`, or only a general one such as `application/json`, the document decides.
 *
 * @throws ManifestInvalidError if header and document contradict each other, or the document contradicts itself.
 */
export function manifestType(subject: string, contentType: string | undefined, bytes: Uint8Array): MediaType {
  const declared = canonical(contentType ?? '');
  const document = readShape(bytes);
  if (document === undefined) {
    if (!isKnown(declared)) return declared === '' ? octets : declared;
    throw new ManifestInvalidError(`${subject} is not valid JSON`);
  }
  if (document.layers && document.manifests) {
    throw new ManifestInvalidError(`${subject} is an image and an index at the same time`);
  }
  if (isKnown(declared)) {
    checkAgreement(subject, declared, document);
    return declared;
  }
  if (!isGeneralType(declared)) return declared;
  return document.mediaType ?? guess(document) ?? octets;
}

/** The fields of a document from which its media type follows. */
interface Shape {
  readonly mediaType: MediaType | undefined;
  readonly schemaVersion: unknown;
  readonly layers: boolean;
  readonly manifests: boolean;
  readonly signatures: boolean;
}

/** Undefined unless the bytes are a JSON object. */
function readShape(bytes: Uint8Array): Shape | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const member = (name: string): unknown =>
    Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  const mediaType = member('mediaType');
  return {
    mediaType: typeof mediaType === 'string' && mediaType !== '' ? canonical(mediaType) : undefined,
    schemaVersion: member('schemaVersion'),
    layers: Array.isArray(member('layers')),
    manifests: Array.isArray(member('manifests')),
    signatures: Array.isArray(member('signatures')),
  };
}

function checkAgreement(subject: string, declared: MediaType, document: Shape): void {
  const { mediaType } = document;
  const wrongKind = (isImage(declared) && document.manifests) || (isIndex(declared) && document.layers);
  if (!wrongKind && (mediaType === undefined || mediaType === declared)) return;
  throw new ManifestInvalidError(
    `${subject}: the registry calls it ${declared}, but it is ${mediaType ?? 'of another kind'}`,
  );
}

function guess(document: Shape): MediaType | undefined {
  if (document.schemaVersion === 1) {
    return document.signatures ? dockerManifestSchema1Signed : dockerManifestSchema1;
  }
  if (document.manifests) return ociImageIndex;
  return document.layers ? ociManifestSchema1 : undefined;
}

const isKnown = (type: MediaType): boolean => isImage(type) || isIndex(type) || isSchema1(type);

const octets = 'application/octet-stream';

/** Whether servers send this media type for files whose type they do not know; it says nothing about a manifest. */
export const isGeneralType = (type: MediaType): boolean => generic.has(type);

const generic: ReadonlySet<string> = new Set([
  '',
  octets,
  'application/json',
  'text/plain',
  'binary/octet-stream',
]);
