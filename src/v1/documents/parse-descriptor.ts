import type { Descriptor } from '../descriptor.js';
import type { Platform } from '../platform.js';
import { checkObject, descriptorSchema, inside, invalid, type Location, platformSchema } from './schema.js';

/** Reads a descriptor out of a parsed document; the caller freezes. */
export function parseDescriptor(value: unknown, at: Location): Descriptor {
  refuseOtherSpellings(value, descriptorFields, at);
  const { platform, ...rest } = checkObject(descriptorSchema, value, at);
  return platform === undefined
    ? rest
    : { ...rest, platform: parsePlatformObject(platform, inside(at, 'platform')) };
}

function parsePlatformObject(value: unknown, at: Location): Platform {
  refuseOtherSpellings(value, platformFields, at);
  return checkObject(platformSchema, value, at);
}

/** Reads a list of descriptors. */
export function parseDescriptors(values: readonly unknown[], at: Location): readonly Descriptor[] {
  return values.map((value, index) => parseDescriptor(value, inside(at, index)));
}

/**
 * Go reads `Layers` and `LAYERS` as `layers`, we do not. A document that counts on it would be two
 * documents, one for us and one for Docker, so it is none.
 */
export function refuseOtherSpellings(
  value: unknown,
  fields: ReadonlyMap<string, string>,
  at: Location,
): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const field = fields.get(fold(key));
    if (field !== undefined && field !== key) throw invalid(inside(at, field), 'is spelled in another case');
  }
}

export function fieldsOf(schema: { readonly shape: object }): ReadonlyMap<string, string> {
  return new Map(Object.keys(schema.shape).map((field) => [fold(field), field]));
}

/** Both ways, because Go folds the long s to s and the Kelvin sign to k. */
const fold = (key: string): string => key.toUpperCase().toLowerCase();

const descriptorFields = fieldsOf(descriptorSchema);
const platformFields = fieldsOf(platformSchema);
