import type { Descriptor } from '../descriptor.js';
import type { Platform } from '../platform.js';
import { checkObject, descriptorSchema, inside, invalid, type Location, platformSchema } from './schema.js';

/** Reads a descriptor of a parsed document. The caller freezes the result. */
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

export function parseDescriptors(values: readonly unknown[], at: Location): readonly Descriptor[] {
  return values.map((value, index) => parseDescriptor(value, inside(at, index)));
}

/**
 * Refuses a field that differs from a known one only in case. Go reads `Layers` and `LAYERS` as `layers`, and this library
 * does not, so such a document would mean one thing here and another thing to Docker.
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

/** Both conversions are needed, because Go folds the long s to s and the Kelvin sign to k. */
const fold = (key: string): string => key.toUpperCase().toLowerCase();

const descriptorFields = fieldsOf(descriptorSchema);
const platformFields = fieldsOf(platformSchema);
