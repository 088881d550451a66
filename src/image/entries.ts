import type { Owner } from '../crane/files/file-entry.js';
import { isByteSource, type ByteSource } from '../internal/streams/web.js';
import type { Layer } from '../v1/layer.js';
import { wrongArgument } from '../internal/arguments.js';
import { dateOf, isPlainObject, listOf, oneOfOrUndefined, textOf, wordsOf } from './checks.js';
import type { CopyFiles, FileContents, LayerInput } from './options.js';

/** An entry of `copy` that was checked. */
export interface CopyEntry extends Omit<CopyFiles, 'owner'> {
  readonly owner?: Owner | undefined;
  /** The object that the caller gave: the same object is one layer, whatever the platform. */
  readonly given: unknown;
}

/**
 * Checks the entries of `copy`.
 *
 * @throws TypeError for an entry of the wrong shape
 */
export function copyEntries(value: unknown, name = 'copy'): readonly CopyEntry[] {
  return listOf(value, name, 'paths, objects with `from` and `to`, or objects of contents').map((entry, at) =>
    copyEntry(entry, `${name}[${at}]`),
  );
}

function copyEntry(entry: unknown, name: string): CopyEntry {
  if (typeof entry === 'string') return { from: entry, to: relativePath(entry, name), given: entry };
  if (!isPlainObject(entry))
    throw wrongArgument(name, entry, 'a path, an object with `from` and `to`, or an object of contents');
  if (!isCopyFiles(entry)) return { from: contentsOf(entry, name), to: '/', given: entry };
  const from =
    typeof entry.from === 'string'
      ? textOf(entry.from, `${name}.from`, 'a path')
      : contentsOf(entry.from, `${name}.from`);
  const { owner, mode, time, ignoreFile, include, exclude } = entry;
  return {
    ...{ from, given: entry },
    to: textOf(entry.to, `${name}.to`, 'a path in the image, such as /app'),
    ...(owner !== undefined && { owner: ownerOf(owner, `${name}.owner`) }),
    ...(mode !== undefined && { mode: modeOf(mode, `${name}.mode`) }),
    ...(time !== undefined && { time: time === 'keep' ? time : dateOf(time, `${name}.time`) }),
    ...(include !== undefined && { include: wordsOf(include, `${name}.include`) }),
    ...(exclude !== undefined && { exclude: wordsOf(exclude, `${name}.exclude`) }),
    ...(ignoreFile !== undefined && {
      ignoreFile:
        ignoreFile === false ? ignoreFile : textOf(ignoreFile, `${name}.ignoreFile`, 'a path, or `false`'),
    }),
    followLinks: oneOfOrUndefined(entry.followLinks, `${name}.followLinks`, 'boolean'),
  };
}

/** An object with `from` or `to` has metadata. Files of these names need a slash before their name. */
function isCopyFiles(entry: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(entry, 'from') || Object.hasOwn(entry, 'to');
}

/** A path that is the same in the image, so that it must not lead out of the current directory. */
function relativePath(path: string, name: string): string {
  textOf(path, name, 'a path');
  const text = path.replaceAll('\\', '/');
  if (/^(?:\/|[A-Za-z]:\/)/.test(text) || text.split('/').includes('..'))
    throw new TypeError(
      `\`${name}\` is ${JSON.stringify(path)}: write { from, to } for a path that is not below the current directory`,
    );
  return text;
}

function contentsOf(value: unknown, name: string): FileContents {
  if (!isPlainObject(value)) throw wrongArgument(name, value, 'a path, or an object of contents by path');
  for (const [path, content] of Object.entries(value)) {
    if (path === '' || path.endsWith('/') || path.includes('\0'))
      throw new TypeError(`\`${name}\`: ${JSON.stringify(path)} is not the path of a file`);
    if (typeof content === 'string' || content instanceof Uint8Array || isByteSource(content)) continue;
    throw wrongArgument(`${name}[${JSON.stringify(path)}]`, content, 'a text, bytes or a stream');
  }
  return value as FileContents;
}

const MAX_ID = 0xffffffff;

function ownerOf(value: unknown, name: string): Owner {
  const parts =
    typeof value === 'number'
      ? [value, value]
      : typeof value === 'string'
        ? numbersIn(value)
        : isPlainObject(value)
          ? [value.uid, value.gid]
          : [];
  const [uid, gid = uid] = parts;
  if (isId(uid) && isId(gid)) return { uid, gid };
  throw wrongArgument(
    name,
    value,
    "numeric IDs, such as 1000, '1000:1000' or { uid: 1000, gid: 1000 }, because names would need the files of the base",
  );
}

function numbersIn(text: string): readonly number[] {
  return /^\d+(?::\d+)?$/.test(text) ? text.split(':').map(Number) : [];
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_ID;
}

function modeOf(value: unknown, name: string): CopyFiles['mode'] {
  if (value === 'keep' || value === 'portable') return value;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0o7777)
    return value as number;
  throw wrongArgument(name, value, "permissions such as 0o755, 'keep' or 'portable'");
}

/**
 * Checks the entries of `layers`.
 *
 * @throws TypeError for an entry of the wrong shape
 */
export function layerInputs(value: unknown): readonly LayerInput[] {
  return listOf(value, 'layers', 'layers').map((entry, at) => {
    const name = `layers[${at}]`;
    if (typeof entry === 'string') return textOf(entry, name, 'the path of a tar');
    if (entry instanceof Uint8Array || isByteSource(entry) || isLayer(entry)) return entry;
    if (isPlainObject(entry)) return fileMapOf(entry, name);
    throw wrongArgument(name, entry, 'the path of a tar, bytes, a stream, a layer, or an object of contents');
  });
}

export function isLayer(value: unknown): value is Layer {
  return (
    typeof value === 'object' && value !== null && 'diffId' in value && typeof value.diffId === 'function'
  );
}

function fileMapOf(value: Readonly<Record<string, unknown>>, name: string): LayerInput {
  const contents = contentsOf(value, name);
  const stream = Object.entries(contents).find(([, content]) => isByteSource(content));
  if (stream === undefined) return value as LayerInput;
  throw new TypeError(
    `\`${name}[${JSON.stringify(stream[0])}]\` must be a text or bytes; use \`copy\` for a stream`,
  );
}

/** The streams in values of any shape. They have to be ended if they are not read. */
export function streamsIn(...values: readonly unknown[]): readonly ByteSource[] {
  const found = new Set<ByteSource>();
  const visit = (value: unknown, depth: number): void => {
    if (isByteSource(value)) found.add(value);
    else if (depth > 0 && (Array.isArray(value) || isPlainObject(value)))
      for (const member of Object.values(value)) visit(member, depth - 1);
  };
  for (const value of values) visit(value, 3);
  return [...found];
}
