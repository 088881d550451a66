import type { TarHeader, TarType } from '../../internal/tar/format/header.js';
import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { decodeText } from '../../internal/tar/format/text.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { archivePath } from '../../mutate/merge/archive-path.js';
import type { Chunk } from '../entries/chunk.js';
import type { LayerFile } from '../entries/layer-file.js';

/** A file of a table of contents, which has chunks if it has content. */
export type TocFile = LayerFile;

/** A table of contents that cannot be used. The layer is read instead. */
export class TocProblem extends Error {}

/** Where a chunk is stored, in terms of one of the two formats. */
export interface StoredPosition {
  readonly offset: number;
  readonly end: number;
  readonly skip: number;
}

/** Finds where a chunk is stored, from its entry, the entry of the file and that of the next chunk of the file. */
export type PositionOf = (
  entry: JsonObject,
  file: JsonObject,
  next: JsonObject | undefined,
) => StoredPosition;

/** Neither gzip nor zstd can reach this ratio. */
const MAX_RATIO = 40_000;

const TYPES: Readonly<Record<string, readonly [type: TarType, typeflag: string]>> = {
  dir: ['directory', '5'],
  reg: ['file', '0'],
  symlink: ['symlink', '2'],
  hardlink: ['link', '1'],
  char: ['character-device', '3'],
  block: ['block-device', '4'],
  fifo: ['fifo', '6'],
};

/** The entries of the JSON document that both formats use. */
export function tocEntries(text: string): readonly JsonObject[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new TocProblem('it is not JSON', { cause });
  }
  if (!isJsonObject(document) || document.version !== 1 || !Array.isArray(document.entries))
    throw new TocProblem('it is not a table of contents of version 1');
  return document.entries.map((entry: unknown) => {
    if (!isJsonObject(entry)) throw new TocProblem('an entry is not an object');
    return entry;
  });
}

/**
 * The files that the entries describe, in the order of the tar. Every regular file must be covered by chunks, each of which
 * has a digest and lies within the layer.
 */
export function filesOf(
  entries: readonly JsonObject[],
  positionOf: PositionOf,
  blobSize: number,
): readonly TocFile[] {
  const files: TocFile[] = [];
  for (let at = 0; at < entries.length; at += 1) {
    const entry = entries[at] ?? {};
    const type = TYPES[textOf(entry, 'type')];
    if (type === undefined) throw new TocProblem(`unknown type ${textOf(entry, 'type')}`);
    const parts = [entry];
    while (entries[at + 1]?.type === 'chunk') parts.push(entries[(at += 1)] ?? {});
    const header = headerOf(entry, type);
    const path = archivePath(header.name);
    const digest = header.type === 'file' ? digestOf(entry, 'digest') : undefined;
    const chunks = header.type === 'file' ? chunksOf(parts, header.size, positionOf, blobSize) : undefined;
    files.push({ path, header, number: files.length, chunks, digest });
  }
  return files;
}

function headerOf(entry: JsonObject, [type, typeflag]: readonly [TarType, string]): TarHeader {
  const time = textOf(entry, 'modtime');
  const mtime = time === '' ? 0 : Date.parse(time) / 1000;
  if (!Number.isFinite(mtime)) throw new TocProblem('an entry has an invalid time');
  return {
    name: textOf(entry, 'name'),
    ...{ type, typeflag },
    size: type === 'file' ? numberOf(entry, 'size') : 0,
    linkName: textOf(entry, 'linkName'),
    mode: numberOf(entry, 'mode') & 0o7777,
    ...{ uid: numberOf(entry, 'uid'), gid: numberOf(entry, 'gid') },
    ...{ userName: textOf(entry, 'userName'), groupName: textOf(entry, 'groupName') },
    mtime,
    ...{ deviceMajor: numberOf(entry, 'devMajor'), deviceMinor: numberOf(entry, 'devMinor') },
    pax: attributesOf(entry),
  };
}

/** The extended attributes as the records that a tar has for them. */
function attributesOf(entry: JsonObject): TarHeader['pax'] {
  const records = Object.create(null) as Record<string, string>;
  const { xattrs } = entry;
  if (!isJsonObject(xattrs)) return records;
  for (const [name, value] of Object.entries(xattrs)) {
    if (typeof value !== 'string') throw new TocProblem('an extended attribute is not text');
    records[`SCHILY.xattr.${name}`] = decodeText(Buffer.from(value, 'base64'));
  }
  return records;
}

function chunksOf(
  parts: readonly JsonObject[],
  size: number,
  positionOf: PositionOf,
  blobSize: number,
): readonly Chunk[] {
  if (size === 0) return [];
  let start = 0;
  const chunks = parts.map((part, at): Chunk => {
    if (numberOf(part, 'chunkOffset') !== start) throw new TocProblem('the chunks of a file have a gap');
    const chunkSize = numberOf(part, 'chunkSize');
    const chunk = { start, size: chunkSize === 0 ? size - start : chunkSize };
    start += chunk.size;
    if (chunk.size === 0 || start > size) throw new TocProblem('the chunks of a file do not fit its size');
    const digest =
      digestOf(part, 'chunkDigest') ?? (parts.length === 1 ? digestOf(part, 'digest') : undefined);
    if (part.chunkType === 'zeros') return { ...chunk, digest: digest ?? '' };
    if (digest === undefined) throw new TocProblem('a chunk has no digest');
    const stored = positionOf(part, parts[0] ?? part, parts[at + 1]);
    const length = stored.end - stored.offset;
    if (length <= 0 || stored.end > blobSize) throw new TocProblem('a chunk is not in the layer');
    if (chunk.size > length * MAX_RATIO) throw new TocProblem('a chunk is larger than its data can be');
    return { ...chunk, digest, stored };
  });
  if (start !== size) throw new TocProblem('the chunks of a file do not fit its size');
  return chunks;
}

function digestOf(entry: JsonObject, key: string): string | undefined {
  const text = textOf(entry, key);
  if (text === '') return undefined;
  if (parseDigest(text) === undefined) throw new TocProblem('an entry has an invalid digest');
  return text;
}

function textOf(entry: JsonObject, key: string): string {
  const value = entry[key] ?? '';
  if (typeof value !== 'string') throw new TocProblem(`${key} of an entry is not text`);
  return value;
}

/** A whole number that is at least 0; a missing one is 0. */
export function numberOf(entry: JsonObject, key: string): number {
  const value = entry[key] ?? 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new TocProblem(`${key} of an entry is not a whole number`);
  return value;
}
