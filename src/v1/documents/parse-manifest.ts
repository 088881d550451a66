import { isJsonObject } from '../../internal/json/json-object.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { deepFreeze } from '../../internal/json/freeze.js';
import { nilSlice } from '../../internal/json/go-json.js';
import type { IndexManifest, Manifest } from '../manifest.js';
import type { MediaType } from '../media-type.js';
import { fieldsOf, parseDescriptor, parseDescriptors, refuseOtherSpellings } from './parse-descriptor.js';
import { MANIFEST_MAX_BYTES, parseDocument, type ParseOptions } from './parse-options.js';
import { checkObject, indexManifestSchema, inside, invalid, manifestSchema } from './schema.js';
import { canonical, isConfig, isImage, isIndex, isLayer, isSchema1 } from '../types.js';

export interface ParseManifestOptions extends ParseOptions {
  /** What the source calls the document; one that calls itself something else is refused. */
  readonly mediaType?: MediaType | undefined;
}

/**
 * Parses an image manifest.
 *
 * Stricter than Go's JSON reader: duplicate keys, trailing data, malformed UTF-8, fields of the wrong type or in
 * another case, and a document that is also an index are errors. As lenient as registries need:
 * `mediaType` and `layers` may be absent, and null counts as absent. Unknown fields are kept and
 * the result is deeply frozen.
 *
 * @throws {@link ManifestInvalidError} naming the first bad field.
 * @throws {@link UnsupportedError} for Docker's schema 1.
 * @throws {@link LimitExceededError} beyond a cap of the options.
 */
export function parseManifest(content: Uint8Array | string, options: ParseManifestOptions = {}): Manifest {
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

/**
 * Parses an image index or a Docker manifest list, as {@link parseManifest} does an image's manifest.
 *
 * @throws {@link ManifestInvalidError} naming the first bad field.
 * @throws {@link LimitExceededError} beyond a cap of the options.
 */
export function parseIndexManifest(
  content: Uint8Array | string,
  options: ParseManifestOptions = {},
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
  /** Fields that only the other kind has. */
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

function read(content: Uint8Array | string, kind: Kind, options: ParseManifestOptions): unknown {
  const value = parseDocument(content, kind.at.document, MANIFEST_MAX_BYTES, options);
  refuseOtherSpellings(value, kind.fields, kind.at);
  if (!isJsonObject(value)) return value;
  // Text too: schema 1 is recognised before anything else is found wrong with it.
  if (value.schemaVersion === 1 || value.schemaVersion === '1') {
    throw new UnsupportedError(`parse ${kind.at.document}: Docker's schema 1 is not supported`, {
      hint: 'push the image again with a current tool, or ask the registry to convert it',
    });
  }
  for (const field of kind.foreign) {
    if (field in value) throw invalid(inside(kind.at, field), `has no place in this kind of document`);
  }
  return value;
}

function checkMediaType(kind: Kind, own: MediaType | undefined, announced: MediaType | undefined): void {
  const at = inside(kind.at, 'mediaType');
  if (own === undefined || own === '') return;
  if (isKnown(own) && !kind.is(own)) throw invalid(at, 'is that of another kind of document');
  if (announced !== undefined && canonical(own) !== canonical(announced)) {
    throw invalid(at, 'is not the media type that the source announced');
  }
}

const isKnown = (type: MediaType): boolean =>
  isImage(type) || isIndex(type) || isSchema1(type) || isConfig(type) || isLayer(type);
