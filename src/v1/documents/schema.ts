import * as z from 'zod/mini';
// Imported by name, because the linter takes z.pipe( for the method of a stream.
import { pipe } from 'zod/mini';
import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { isHash, type Hash } from '../hash.js';
import { canonicalIfKnown } from '../types.js';

// Every message is our own and does not quote the value, which may be secret or very long.
const text = z.optional(z.string('must be a string'));
const flag = z.optional(z.boolean('must be true or false'));
const integer = z.optional(z.custom<number>(isInt64, 'must be an integer'));
const hash = z.custom<Hash>(isHash, 'must be a sha256 or sha512 digest in lower-case hex');
const mediaType = z.optional(pipe(z.string('must be a string'), z.transform(canonicalIfKnown)));
// A list or a map causes one issue, however many of its elements are wrong.
const strings = z.optional(z.custom<readonly string[]>(isStringList, 'must be a list of strings'));
const hashes = z.optional(
  z.custom<readonly Hash[]>(isHashList, 'must be a list of sha256 or sha512 digests'),
);
const stringMap = z.optional(
  pipe(z.custom<StringMap>(isStringMap, 'must be an object with string values'), z.transform(withoutNulls)),
);
const keySet = z.optional(
  pipe(z.custom<JsonObject>(isKeySet, 'must be an object with objects as values'), z.transform(asKeySet)),
);
const object = z.optional(z.custom<JsonObject>(isJsonObject, 'must be an object'));
const list = z.optional(z.custom<readonly unknown[]>(Array.isArray, 'must be a list'));

export const platformSchema = z.object({
  architecture: z._default(text, ''),
  os: z._default(text, ''),
  'os.version': text,
  'os.features': strings,
  variant: text,
  features: strings,
});

export const descriptorSchema = z.object({
  mediaType: z._default(mediaType, ''),
  size: z.custom<number>(isSize, 'must be an integer from 0 to 2^53-1'),
  digest: hash,
  data: text,
  urls: strings,
  annotations: stringMap,
  platform: object,
  artifactType: text,
});

const schemaVersion = z._default(
  z.custom<number>((value) => value === 2, 'must be 2'),
  2,
);

export const manifestSchema = z.object({
  schemaVersion,
  mediaType,
  config: z.custom<JsonObject>(isJsonObject, 'must be an object'),
  layers: list,
  annotations: stringMap,
  subject: object,
  artifactType: text,
});

export const indexManifestSchema = z.object({
  schemaVersion,
  mediaType,
  manifests: list,
  annotations: stringMap,
  subject: object,
  artifactType: text,
});

export const configFileSchema = z.object({
  architecture: z._default(text, ''),
  os: z._default(text, ''),
  'os.version': text,
  'os.features': strings,
  variant: text,
  author: text,
  container: text,
  created: text,
  docker_version: text,
  history: list,
  rootfs: object,
  config: object,
});

export const rootFsSchema = z.object({ type: z._default(text, ''), diff_ids: hashes });

export const historySchema = z.object({
  author: text,
  created: text,
  created_by: text,
  comment: text,
  empty_layer: flag,
});

export const configSchema = z.object({
  AttachStderr: flag,
  AttachStdin: flag,
  AttachStdout: flag,
  Cmd: strings,
  Healthcheck: object,
  Domainname: text,
  Entrypoint: strings,
  Env: strings,
  Hostname: text,
  Image: text,
  Labels: stringMap,
  OnBuild: strings,
  OpenStdin: flag,
  StdinOnce: flag,
  Tty: flag,
  User: text,
  Volumes: keySet,
  WorkingDir: text,
  ExposedPorts: keySet,
  ArgsEscaped: flag,
  NetworkDisabled: flag,
  MacAddress: text,
  StopSignal: text,
  StopTimeout: integer,
  Shell: strings,
});

export const healthConfigSchema = z.object({
  Test: strings,
  Interval: integer,
  Timeout: integer,
  StartPeriod: integer,
  StartInterval: integer,
  Retries: integer,
});

type StringMap = Readonly<Record<string, string | null>>;
type ObjectSchema = z.ZodMiniObject;

/**
 * Checks one object, without its nested objects. Returns a copy in which the fields that the schema names have their
 * types. The copy keeps fields that the schema does not name. A named field that is null counts as absent, as in Go.
 *
 * @throws ManifestInvalidError if a field is invalid; the error names the document and the path of the first one.
 */
export function checkObject<S extends ObjectSchema>(
  schema: S,
  value: unknown,
  at: Location,
): JsonObject & z.output<S> {
  if (!isJsonObject(value)) throw invalid(at, 'must be an object');
  const isNamed = (key: string): boolean => Object.hasOwn(schema.shape, key);
  // Both fromEntries and a spread define a key such as __proto__ as an ordinary property.
  const copy = Object.fromEntries(
    Object.entries(value).filter(([key, entry]) => entry !== null || !isNamed(key)),
  );
  const result = schema.safeParse(copy);
  if (result.success) return { ...copy, ...result.data };
  const issue = result.error.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  throw invalid(inside(at, field), field in copy ? (issue?.message ?? 'is invalid') : 'is missing');
}

/** The document that contains a value, and the value's path in it, for error messages. */
export interface Location {
  readonly document: string;
  /** Such as `layers[2].digest`; empty for the document itself. */
  readonly path: string;
}

export function inside(at: Location, field: string | number): Location {
  if (typeof field === 'number') return { ...at, path: `${at.path}[${field}]` };
  return { ...at, path: at.path === '' ? field : `${at.path}.${field}` };
}

export function invalid(at: Location, reason: string): ManifestInvalidError {
  return new ManifestInvalidError(`parse ${at.document}: ${at.path === '' ? '' : `${at.path} `}${reason}`);
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function isHashList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isHash);
}

function isStringMap(value: unknown): boolean {
  return (
    isJsonObject(value) && Object.values(value).every((entry) => entry === null || typeof entry === 'string')
  );
}

/** Go reads a null in a map of strings as the empty string. */
function withoutNulls(map: StringMap): Readonly<Record<string, string>> {
  const entries = Object.entries(map).map(([key, value]) => [key, value ?? ''] as const);
  // fromEntries defines a key such as __proto__ as an ordinary property.
  return Object.fromEntries(entries);
}

function isKeySet(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every((entry) => entry === null || isJsonObject(entry));
}

/** Only the keys of such a map mean something, so a null becomes an empty object. */
function asKeySet(map: JsonObject): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(map).map(([key, entry]) => [key, isJsonObject(entry) ? entry : {}]),
  );
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Durations in nanoseconds exceed the safe integers after 104 days, and must still be accepted. */
function isInt64(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 63;
}
