import { wrongArgument } from '../../internal/arguments.js';
import { createHash } from 'node:crypto';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { put } from '../../remote/push.js';
import { MANIFEST_MAX_BYTES } from '../../v1/documents/decode-document.js';
import { decodeIndexManifest, decodeManifest } from '../../v1/documents/decode-manifest.js';
import { isGeneralType, manifestType } from '../../v1/documents/manifest-type.js';
import { type Hash, hashAlgorithm, isHash, newHash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import { canonical, isImage, isIndex } from '../../v1/types.js';
import { type CraneOptions, referenceOf, remoteOptions } from '../names/options.js';
import type { Pushed } from '../locations/pushed.js';

/** How a manifest is put. */
export interface PutManifestOptions extends CraneOptions {
  /** The media type of the manifest. @default that in the document, or that of OCI which fits its fields */
  readonly mediaType?: MediaType | undefined;
}

/**
 * Puts a manifest under a tag or its digest, byte for byte. Everything that it lists must be in the repository already.
 * One request, and more if the manifest has a subject and the registry has no API for referrers.
 *
 * The document must be a JSON object whose media type is known from the document or from `mediaType`. An image manifest and
 * an index are checked completely; of any other type, only that it is JSON.
 *
 * @throws ManifestInvalidError if the document is not valid, or has another media type than the option.
 * @throws DigestMismatchError if the reference has a digest, and it is that of another document.
 * @throws TransportError if the registry lacks something that the manifest lists.
 */
export async function putManifest(
  reference: string,
  manifest: Uint8Array | string,
  options: PutManifestOptions = {},
): Promise<Pushed> {
  const { mediaType: declared, ...craneOptions } = options;
  const target = referenceOf(reference, craneOptions);
  const bytes = bytesOf(manifest);
  const { maxManifestBytes = MANIFEST_MAX_BYTES } = craneOptions;
  if (bytes.byteLength > maxManifestBytes)
    throw new LimitExceededError('manifest in bytes', maxManifestBytes, 'maxManifestBytes');
  const mediaType = checkedType(bytes, declared);
  const digest = digestOf(bytes, target.identifier());
  await put(target, { rawManifest: async () => bytes, mediaType, digest }, remoteOptions(craneOptions));
  const { byteLength: size } = bytes;
  return { reference: target.context().digest(digest).name(), digest, mediaType, size };
}

function bytesOf(manifest: unknown): Uint8Array {
  if (typeof manifest === 'string') return Buffer.from(manifest);
  if (manifest instanceof Uint8Array) return manifest;
  throw wrongArgument('manifest', manifest, 'a Uint8Array or a string');
}

/** The media type of a document that was checked as far as its type is known. */
function checkedType(bytes: Uint8Array, declared: MediaType | undefined): MediaType {
  const own = ownType(bytes);
  if (declared !== undefined && own !== undefined && canonical(declared) !== own) {
    throw new ManifestInvalidError(`the document has the media type ${own}, not ${declared}`, {
      hint: 'leave out `mediaType`',
    });
  }
  const type = manifestType('the document', declared ?? own, bytes);
  if (isGeneralType(type)) {
    throw new ManifestInvalidError('the document has no media type', { hint: 'name it with `mediaType`' });
  }
  if (isImage(type)) decodeManifest(bytes, { mediaType: type });
  else if (isIndex(type)) decodeIndexManifest(bytes, { mediaType: type });
  return type;
}

/** The media type in the document. */
function ownType(bytes: Uint8Array): MediaType | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ManifestInvalidError('the document is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ManifestInvalidError('the document is not a JSON object');
  const type = 'mediaType' in value ? value.mediaType : undefined;
  return typeof type === 'string' && type !== '' ? canonical(type) : undefined;
}

/** The digest of the document, with the algorithm of the reference. */
function digestOf(bytes: Uint8Array, identifier: string): Hash {
  const algorithm = isHash(identifier) ? hashAlgorithm(identifier) : 'sha256';
  return newHash(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
}
