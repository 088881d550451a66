/** What an entry is. `other` are kinds that only their writer knows; they have a body. */
export type TarType =
  'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'directory' | 'fifo' | 'other';

/**
 * The header of one entry, with what its extended headers said about it.
 *
 * Strings hold any bytes, see `tar-text.ts`. Names are as the archive has them,
 * also climbing, absolute or empty: keys to compare, never paths to open.
 */
export interface TarHeader {
  readonly name: string;
  readonly type: TarType;
  /** The character in the header that `type` was made of. */
  readonly typeflag: string;
  /** Bytes of the body; 0 for the types that have none, whatever the header says. */
  readonly size: number;
  /** Target of a link, or empty. */
  readonly linkName: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly groupName: string;
  /** Seconds since 1970, also negative or with a fraction; `pax.mtime` has all digits of one. */
  readonly mtime: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** The PAX records of the entry, under any key, with the owners and times of global ones; has no prototype. */
  readonly pax: Readonly<Record<string, string>>;
}

/** Everything in a tar is a multiple of this. */
export const BLOCK = 512;

/** Two empty blocks end an archive. */
export const TRAILER = Buffer.alloc(2 * BLOCK);

const types: Readonly<Record<string, TarType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  // Contiguous: a file on all systems in use.
  '7': 'file',
};

const bodiless: ReadonlySet<TarType> = new Set<TarType>([
  'link',
  'symlink',
  'character-device',
  'block-device',
  'directory',
  'fifo',
]);

export function typeOf(typeflag: string): TarType {
  return types[typeflag] ?? 'other';
}

/** Whether entries of a type are followed by a body. Readers that disagree about this see different archives; this is Go's view. */
export function hasBody(type: TarType): boolean {
  return !bodiless.has(type);
}

/** Bytes that fill the last block of a body. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
