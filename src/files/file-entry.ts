import { encodeText } from '../internal/tar/format/text.js';
import type { TarHeader } from '../internal/tar/format/header.js';
import { archivePath, ROOT } from '../mutate/merge/archive-path.js';
import type { Hash } from '../v1/hash.js';
import type { Found } from './view/place.js';
import type { FileInLayer } from './view/resolve.js';

/** The kinds of files. `other` is a kind that only the program knows that wrote the layer. */
export type FileType =
  'file' | 'directory' | 'symlink' | 'character-device' | 'block-device' | 'fifo' | 'other';

/** The layer that an entry comes from. */
export interface EntryLayer {
  /** Position in the image, 0 for the lowest layer. */
  readonly index: number;
  /**
   * The digest under which the manifest lists the layer. For a layer that is not stored compressed, as in an archive of
   * `docker save`, it is the diff ID.
   */
  readonly digest: Hash;
}

/** One file or directory of an image, as a container of the image sees it. */
export interface FileEntry {
  /** The absolute path, without symbolic links. */
  readonly path: string;
  /** What it is. A hard link is a file like its target. */
  readonly type: FileType;
  /** Bytes of the content; 0 for everything but files. */
  readonly size: number;
  /** Permissions with the set-ID and sticky bits, such as 0o755. */
  readonly mode: number;
  /** The number of the owner. */
  readonly uid: number;
  /** The number of the group. */
  readonly gid: number;
  /** The name of the owner in the layer; often empty, because only the number counts. */
  readonly userName: string;
  /** The name of the group in the layer; often empty. */
  readonly groupName: string;
  /** When the content was changed. */
  readonly modified: Date;
  /** The target of a symbolic link, as it is stored. */
  readonly linkTarget?: string;
  /** For a hard link: the absolute path of the other name, in the layer of the link. */
  readonly hardLink?: string;
  /** The numbers of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes, such as `security.capability`. */
  readonly attributes?: Readonly<Record<string, Uint8Array>>;
  /** The digest of the content, if a table of contents or an index has it. */
  readonly digest?: string;
  /**
   * The layer that the entry comes from. A directory without an entry of its own has the uppermost layer with something below
   * it. Undefined only for a root that no layer mentions.
   */
  readonly layer?: EntryLayer;
}

/** A directory that has no entry of its own, because only paths below it have one. */
const IMPLIED = { mode: 0o755, uid: 0, gid: 0, userName: '', groupName: '', modified: new Date(0) } as const;

/** Describes a found path. `source` is the file of which a hard link is a name, or the file itself. */
export function fileEntry(
  parts: readonly string[],
  found: Extract<Found, { kind: 'file' | 'directory' }>,
  source: FileInLayer | undefined,
): FileEntry {
  const path = `/${parts.join('/')}`;
  const layer = found.layer && {
    layer: { index: found.layer.source.index, digest: found.layer.source.digest },
  };
  const described = found.kind === 'directory' ? found.file : source?.file;
  if (described === undefined) return { path, type: 'directory', size: 0, ...IMPLIED, ...layer };
  const { header, digest } = described;
  const type = typeOf(header);
  const isDevice = type === 'character-device' || type === 'block-device';
  const attributes = attributesOf(header.pax);
  return {
    ...{ path, type },
    size: header.size,
    mode: header.mode & 0o7777,
    ...{ uid: header.uid, gid: header.gid, userName: header.userName, groupName: header.groupName },
    modified: new Date(header.mtime * 1000),
    ...(type === 'symlink' && { linkTarget: header.linkName }),
    ...(found.kind === 'file' &&
      found.file !== described && { hardLink: absolute(found.file.header.linkName) }),
    ...(isDevice && { device: { major: header.deviceMajor, minor: header.deviceMinor } }),
    ...(attributes && { attributes }),
    ...(digest !== undefined && { digest }),
    ...layer,
  };
}

function typeOf({ type }: TarHeader): FileType {
  return type === 'link' ? 'other' : type;
}

/** The absolute form of a path in a layer. */
function absolute(name: string): string {
  const path = archivePath(name);
  return path === ROOT ? '/' : `/${path}`;
}

const ATTRIBUTE = 'SCHILY.xattr.';

function attributesOf(pax: TarHeader['pax']): Record<string, Uint8Array> | undefined {
  const names = Object.keys(pax).filter((key) => key.startsWith(ATTRIBUTE));
  if (names.length === 0) return undefined;
  return Object.fromEntries(
    names.map((key) => [key.slice(ATTRIBUTE.length), encodeText(pax[key] ?? '')] as const),
  );
}
