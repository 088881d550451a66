import { archivePath, ROOT } from '../merge/archive-path.js';

/** A file of the image, as a function gets it that edits it. */
export interface FileBefore {
  /** The content. */
  readonly bytes: Uint8Array;
  /** The content as text in UTF-8. */
  readonly text: string;
  /** Permissions, such as 0o644. */
  readonly mode: number;
  /** The numeric user ID. */
  readonly uid: number;
  /** The numeric group ID. */
  readonly gid: number;
}

/** The new state of a path. What is not given stays as it is; a new file belongs to root and has the mode 0o644. */
export interface FileChange {
  /** The new content of a file. */
  readonly content?: string | Uint8Array | undefined;
  /** Makes a symbolic link with this target, which is written as it is. */
  readonly linkTo?: string | undefined;
  /** Makes a directory if none exists. */
  readonly directory?: boolean | undefined;
  /** Permissions, such as 0o755. */
  readonly mode?: number | undefined;
  /** The owner, as numbers. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** The new content of a file, or null, which removes the path with everything in it, or other changes. */
export type FileResult = string | Uint8Array | FileChange | null;

/**
 * What happens to a path: the result, or a function that makes it of the file at the path, which is undefined if no file
 * exists there. A function may be called more than once and must return the same for the same file.
 */
export type FileEdit = FileResult | ((file: FileBefore | undefined) => FileResult | Promise<FileResult>);

/** The edits by the path in the image. They are made in their order. */
export type FileEdits = Readonly<Record<string, FileEdit>>;

/** An edit with its path, which has no slash at its start. */
export interface PathEdit {
  readonly path: string;
  readonly edit: FileEdit;
}

/**
 * Checks edits.
 *
 * @throws TypeError for an edit of the wrong shape, for two edits of one path, and for the root
 */
export function pathEdits(edits: unknown): readonly PathEdit[] {
  if (typeof edits !== 'object' || edits === null || Array.isArray(edits))
    throw new TypeError('`edits` must be an object whose members are paths in the image');
  const seen = new Set<string>();
  return Object.entries(edits).map(([name, edit]: [string, unknown]) => {
    const path = archivePath(name);
    if (path === ROOT || path.includes('\0'))
      throw new TypeError(`\`edits\`: ${JSON.stringify(name)} is not a path that can be edited`);
    if (seen.has(path)) throw new TypeError(`\`edits\` has ${JSON.stringify(name)} twice`);
    seen.add(path);
    if (typeof edit !== 'function') checkResult(edit, name);
    return { path, edit: edit as FileEdit };
  });
}

/** @throws TypeError if it is not a {@link FileResult} */
export function checkResult(value: unknown, name: string): FileResult {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return value;
  if (typeof value !== 'object')
    throw wrong(name, '', 'a text, bytes, null, an object of changes, or a function');
  const { content, linkTo, directory, mode, owner } = value as Readonly<Record<string, unknown>>;
  if (content !== undefined && typeof content !== 'string' && !(content instanceof Uint8Array))
    throw wrong(name, '.content', 'a text or bytes');
  if (linkTo !== undefined && (typeof linkTo !== 'string' || linkTo === ''))
    throw wrong(name, '.linkTo', 'a path');
  if (directory !== undefined && typeof directory !== 'boolean') throw wrong(name, '.directory', 'a boolean');
  if (mode !== undefined && !isNumber(mode, 0o7777)) throw wrong(name, '.mode', 'permissions such as 0o755');
  if (owner !== undefined && !isOwner(owner)) throw wrong(name, '.owner', '{ uid, gid } with numbers');
  const kinds = [content !== undefined, linkTo !== undefined, directory === true].filter(Boolean).length;
  if (kinds > 1)
    throw new TypeError(`\`edits[${JSON.stringify(name)}]\` can have one of content, linkTo and directory`);
  if (kinds === 0 && mode === undefined && owner === undefined)
    throw new TypeError(`\`edits[${JSON.stringify(name)}]\` changes nothing; null removes a file`);
  return value;
}

function isOwner(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { uid, gid } = value as Readonly<Record<string, unknown>>;
  return isNumber(uid, 0xffffffff) && isNumber(gid, 0xffffffff);
}

function isNumber(value: unknown, highest: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= highest;
}

function wrong(name: string, member: string, wanted: string): TypeError {
  return new TypeError(`\`edits[${JSON.stringify(name)}]${member}\` must be ${wanted}`);
}
