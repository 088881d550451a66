import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { writeFileAtomic } from '../../internal/files/atomic-file.js';
import { makeDirectory } from '../../internal/files/make-directory.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { typeOf } from '../../internal/tar/format/header.js';
import { type Hash, hashAlgorithm, hashHex } from '../../v1/hash.js';
import { archivePath } from '../../mutate/merge/archive-path.js';
import type { LayerFile } from '../entries/layer-file.js';

/** What an earlier read found in a layer. */
export interface RecordedLayer {
  /** Whether the stored layer is a plain tar, so that the offsets of files are positions in it. */
  readonly isPlain: boolean;
  /** All entries, also the markers. */
  readonly files: readonly LayerFile[];
}

/** Raised when the format changes: records of another version are not read. */
const VERSION = 1;
/** A record of a million entries is smaller. */
const MAX_RECORD_BYTES = 1024 ** 3;

/** The directory of the records in the directory of a cache. */
const DIRECTORY = 'files';

/**
 * Reads the record of a layer. A record that is absent, of another version or damaged counts as absent.
 */
export async function readRecord(cacheDirectory: string, digest: Hash): Promise<RecordedLayer | undefined> {
  try {
    const packed = await readFile(recordPath(cacheDirectory, digest));
    const text = await promisify(gunzip)(packed, { maxOutputLength: MAX_RECORD_BYTES });
    return parseRecord(JSON.parse(text.toString('utf8')), digest);
  } catch {
    return undefined;
  }
}

/** Writes the record of a layer, which appears complete or not at all. */
export async function writeRecord(
  cacheDirectory: string,
  digest: Hash,
  { isPlain, files }: RecordedLayer,
  options: AbortOptions,
): Promise<void> {
  const rows = files.map(({ header, offset, parts, digest: content }) => ({
    header,
    offset,
    parts,
    content,
  }));
  const text = JSON.stringify({ version: VERSION, digest, isPlain, files: rows });
  const file = recordPath(cacheDirectory, digest);
  await makeDirectory(path.dirname(file));
  await writeFileAtomic(file, await promisify(gzip)(text, { level: 1 }), options);
}

function recordPath(cacheDirectory: string, digest: Hash): string {
  return path.join(cacheDirectory, DIRECTORY, `${hashAlgorithm(digest)}-${hashHex(digest)}.json.gz`);
}

/** Another program may have written the file, so nothing in it is used unchecked. */
function parseRecord(document: unknown, digest: Hash): RecordedLayer | undefined {
  if (!isJsonObject(document) || document.version !== VERSION || document.digest !== digest) return undefined;
  const { isPlain, files } = document;
  if (typeof isPlain !== 'boolean' || !Array.isArray(files)) return undefined;
  const parsed: LayerFile[] = [];
  for (const [number, row] of files.entries()) {
    const file = isJsonObject(row) ? parseFile(row, number) : undefined;
    if (file === undefined) return undefined;
    parsed.push(file);
  }
  return { isPlain, files: parsed };
}

const NUMBERS = ['size', 'mode', 'uid', 'gid', 'mtime', 'deviceMajor', 'deviceMinor'] as const;
const TEXTS = ['name', 'type', 'typeflag', 'linkName', 'userName', 'groupName'] as const;

function parseFile(row: JsonObject, number: number): LayerFile | undefined {
  const { header, offset, parts, content } = row;
  if (!isJsonObject(header) || !isJsonObject(header.pax)) return undefined;
  const isValid =
    NUMBERS.every((key) => Number.isFinite(header[key])) &&
    TEXTS.every((key) => typeof header[key] === 'string') &&
    Object.values(header.pax).every((value) => typeof value === 'string') &&
    [header.size, offset].every((value) => Number.isSafeInteger(value) && Number(value) >= 0) &&
    (content === undefined || (typeof content === 'string' && parseDigest(content) !== undefined));
  if (!isValid) return undefined;
  // The checks above are those of this type.
  const checked = header as unknown as LayerFile['header'];
  if (checked.type !== 'directory' && checked.type !== typeOf(checked.typeflag)) return undefined;
  return {
    path: archivePath(checked.name),
    header: checked,
    number,
    offset: offset as number,
    // A sparse file is read from the start of the tar, so only the fact is needed that it is one.
    ...(parts !== undefined && { parts: [] }),
    ...(content !== undefined && { digest: content }),
  };
}
