import { isJsonObject } from '../../internal/json/json-object.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { deepFreeze } from '../../internal/json/freeze.js';
import { nilSlice } from '../../internal/json/go-json.js';
import type { IndexManifest, Manifest } from '../manifest.js';
import type { MediaType } from '../media-type.js';
import { fieldsOf, parseDescriptor, parseDescriptors, refuseOtherSpellings } from './parse-descriptor.js';
import { decodeDocument, type DocumentCaps } from './decode-document.js';
import { checkObject, indexManifestSchema, inside, invalid, manifestSchema } from './schema.js';
import { canonical, isConfig, isImage, isIndex, isLayer, isSchema1 } from '../types.js';

export interface DecodeManifestOptions extends DocumentCaps {
  /** The media type that the source reports. A document whose own `mediaType` differs is an error. */
  readonly mediaType?: MediaType | undefined;
}

/** Parses an image manifest, with the rules of `parseManifest` and the caps of the caller. */
export function decodeManifest(content: Uint8Array | string, options: DecodeManifestOptions = {}): Manifest {
  const value = read(content, IMAGE, options);
  const { subject, layers, ...rest } = checkObject(manifestSchema, value, IMAGE.at);
  checkMediaType(IMAGE, rest.mediaType, options.mediaType);
  return deepFreeze<Manifest>({
    ...rest,
    config: parseDescriptor(rest.config, inside(IMAGE.at, 'config')),
    layers: layers === undefined ? nilSlice : parseDescriptors(layers, inside(IMAGE.at, 'layers')),
    ...(subject !== undefined && { subject: parseDescriptor(subject, inside(IMAGE.at, 'subject')) }),
  });
}

/** Parses an image index, with the rules of `parseIndexManifest` and the caps of the caller. */
export function decodeIndexManifest(
  content: Uint8Array | string,
  options: DecodeManifestOptions = {},
): IndexManifest {
  const value = read(content, INDEX, options);
  if (isJsonObject(value) && !('manifests' in value))
    throw invalid(inside(INDEX.at, 'manifests'), 'is missing');
  const { subject, manifests, ...rest } = checkObject(indexManifestSchema, value, INDEX.at);
  checkMediaType(INDEX, rest.mediaType, options.mediaType);
  return deepFreeze<IndexManifest>({
    ...rest,
    manifests:
      manifests === undefined ? nilSlice : parseDescriptors(manifests, inside(INDEX.at, 'manifests')),
    ...(subject !== undefined && { subject: parseDescriptor(subject, inside(INDEX.at, 'subject')) }),
  });
}

const IMAGE = {
  at: { document: 'manifest', path: '' },
  fields: fieldsOf(manifestSchema),
  /** Fields that only the other kind of document has. */
  foreign: ['manifests'],
  is: isImage,
} as const;

const INDEX = {
  at: { document: 'index manifest', path: '' },
  fields: fieldsOf(indexManifestSchema),
  foreign: ['layers', 'config'],
  is: isIndex,
} as const;

type Kind = typeof IMAGE | typeof INDEX;

function read(content: Uint8Array | string, kind: Kind, options: DecodeManifestOptions): unknown {
  const value = decodeDocument(content, kind.at.document, options);
  refuseOtherSpellings(value, kind.fields, kind.at);
  if (!isJsonObject(value)) return value;
  // The version as text is checked too, so that every schema 1 document gets this error and no other.
  if (value.schemaVersion === 1 || value.schemaVersion === '1') {
    throw new UnsupportedError(`parse ${kind.at.document}: Docker's schema 1 is not supported`, {
      hint: 'push the image again with a current tool, or ask the registry to convert it',
    });
  }
  for (const field of kind.foreign) {
    if (field in value) throw invalid(inside(kind.at, field), `is not allowed in this kind of document`);
  }
  return value;
}

function checkMediaType(kind: Kind, declared: MediaType | undefined, reported: MediaType | undefined): void {
  const at = inside(kind.at, 'mediaType');
  if (declared === undefined || declared === '') return;
  if (isKnown(declared) && !kind.is(declared)) throw invalid(at, 'is that of another kind of document');
  if (reported !== undefined && canonical(declared) !== canonical(reported)) {
    throw invalid(at, 'is not the media type that the source reported');
  }
}

const isKnown = (type: MediaType): boolean =>
  isImage(type) || isIndex(type) || isSchema1(type) || isConfig(type) || isLayer(type);
