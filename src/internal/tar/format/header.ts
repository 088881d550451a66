/** The kind of an entry. `other` stands for kinds that only their writer knows; they have a body. */
export type TarType =
  'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'directory' | 'fifo' | 'other';

/**
 * The header of one entry, with the values of its extended headers.
 *
 * Strings can hold any bytes, see `text.ts`. Names are as the archive has them, and may climb with `..`, be
 * absolute or be empty. Use them as keys to compare, never as paths to open.
 */
export interface TarHeader {
  /** The name, as the archive has it. */
  readonly name: string;
  /** The kind of the entry. */
  readonly type: TarType;
  /** The character in the header from which `type` was derived. */
  readonly typeflag: string;
  /** Bytes of the body; 0 for types without a body, whatever the header says. */
  readonly size: number;
  /** Target of a link, or empty. */
  readonly linkName: string;
  /** Permissions; some writers also put the bits of the type here. */
  readonly mode: number;
  /** The number of the owner. */
  readonly uid: number;
  /** The number of the group. */
  readonly gid: number;
  /** The name of the owner, or empty. */
  readonly userName: string;
  /** The name of the group, or empty. */
  readonly groupName: string;
  /** Seconds since 1970, possibly negative or with a fraction; `pax.mtime` has all digits of a fraction. */
  readonly mtime: number;
  /** The major number of a device. */
  readonly deviceMajor: number;
  /** The minor number of a device. */
  readonly deviceMinor: number;
  /** All PAX records of the entry, with the owners and times of global headers. The object has no prototype. */
  readonly pax: Readonly<Record<string, string>>;
}

/** Every part of a tar is a multiple of this many bytes. */
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
  // Contiguous files are ordinary files on all systems in use.
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

/**
 * Whether entries of a type have a body. Readers that disagree about this see different archives; this follows Go.
 */
export function hasBody(type: TarType): boolean {
  return !bodiless.has(type);
}

/** Bytes of padding that fill the last block of a body. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
