import { BadNameError } from '../../errors/invalid/name.js';
import { wrongArgument } from '../../internal/arguments.js';
import { type Hash, isHash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';

/** An image or index in a registry, written as `docker://REFERENCE` or as the reference alone. */
export interface RegistryLocation {
  /** Which kind of location it is. */
  readonly kind: 'docker';
  /** The name of the image. */
  readonly reference: string;
}

/** An OCI layout in a directory, written as `oci:DIR`, `oci:DIR:TAG` or `oci:DIR@DIGEST`. */
export interface LayoutLocation {
  /** Which kind of location it is. */
  readonly kind: 'oci';
  /** The path of the file or directory. */
  readonly path: string;
  /** The tag, or the name, of one image of several. */
  readonly tag?: string | undefined;
  /** The digest of one image of several. */
  readonly digest?: Hash | undefined;
}

/**
 * An archive, written as `oci-archive:FILE` or `docker-archive:FILE`, which may be followed by `:TAG` or `@DIGEST`. The file
 * `-` is standard input or output.
 */
export interface ArchiveLocation {
  /** Which kind of location it is. */
  readonly kind: 'oci-archive' | 'docker-archive';
  /** The path of the file or directory. */
  readonly path: string;
  /** The tag, or the name, of one image of several. */
  readonly tag?: string | undefined;
  /** The digest of one image of several. */
  readonly digest?: Hash | undefined;
}

/** An image in a Docker Engine or a compatible daemon, written as `docker-daemon:REFERENCE` or `docker-daemon:ID`. */
export interface DaemonLocation {
  /** Which kind of location it is. */
  readonly kind: 'docker-daemon';
  /** The name of the image. */
  readonly reference: string;
}

/**
 * An archive or a layout. When it is read, its format is detected from its content. Writing creates an archive for
 * `docker load`, or a layout if the path is an existing directory.
 */
export interface PathLocation {
  /** Which kind of location it is. */
  readonly kind: 'path';
  /** `-` is standard input or output. */
  readonly path: string;
  /** The tag, or the name, of one image of several. */
  readonly tag?: string | undefined;
  /** The digest of one image of several. */
  readonly digest?: Hash | undefined;
}

/** A location where an image or index can be. */
export type Location = RegistryLocation | LayoutLocation | ArchiveLocation | DaemonLocation | PathLocation;

/** A location on the disk. */
export type LocalLocation = LayoutLocation | ArchiveLocation | PathLocation;

/**
 * Where a verb finds or writes an image or index. A string is always a reference, as in go-containerregistry, so that a name
 * from an untrusted source never leads to the disk. All other locations are objects; {@link parseLocation} makes them.
 */
export type ImageLocation = string | Location;

/** An image or index, or where to find one: a reference as text, or any other {@link ImageLocation}. */
export type ImageSource = Image | ImageIndex | ImageLocation;

/** Whether a source says where to find an image, and is not the image itself. */
export function isLocation(source: ImageSource): source is ImageLocation {
  return typeof source === 'string' || 'kind' in source;
}

const KINDS: readonly unknown[] = [
  'docker',
  'oci',
  'oci-archive',
  'docker-archive',
  'docker-daemon',
  'path',
] satisfies readonly Location['kind'][];

/** @throws TypeError if an argument is not a location. */
export function assertLocation(value: unknown, name = 'location'): asserts value is ImageLocation {
  if (typeof value === 'string') return;
  const isKnown =
    typeof value === 'object' && value !== null && 'kind' in value && KINDS.includes(value.kind);
  const main = isKnown
    ? 'reference' in value
      ? value.reference
      : 'path' in value
        ? value.path
        : ''
    : undefined;
  if (typeof main === 'string' && main !== '') return;
  throw wrongArgument(
    name,
    value,
    'a reference such as `alpine:3`, or a location as `crane.parseLocation` makes it',
  );
}

/** Text that begins like this is a path: no reference begins like this. */
const PATH = /^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])/;
const NOTATION = /^(oci|oci-archive|docker-archive|docker-daemon):(.*)$/s;

/**
 * Parses skopeo's notation, a path or a reference. The file system is not consulted: `busybox` is a reference even if a file
 * has that name.
 *
 * ```
 * location = "docker://" reference | "docker-daemon:" ( reference | id )
 *          | ( "oci" | "oci-archive" | "docker-archive" ) ":" path [ ":" tag | "@" digest ]
 *          | path | reference
 * ```
 *
 * Text is a path if it begins with `/`, `./`, `../`, `C:\\` or the like, because no reference begins like that, or if it is
 * `-`, which is standard input or output.
 *
 * After a prefix such as `oci:`, the first colon ends the path. The colon of a drive does not: a letter at the start,
 * followed by `:\` or `:/`. Write the location as an object if its path has other colons. Write `docker://oci:v1` for an
 * image that is called `oci` or like another prefix.
 *
 * @throws BadNameError if the path or the reference is empty, or if the text has both a tag and a digest.
 */
export function parseLocation(text: string): Location {
  return (
    parseNotation(text) ??
    (isReference(text) ? { kind: 'docker', reference: text } : { kind: 'path', path: text })
  );
}

/**
 * Parses skopeo's notation or the path of an archive or layout. Text without a prefix is always a path; `-` is standard
 * input or output.
 *
 * @throws BadNameError for the same reasons as {@link parseLocation}.
 */
export function parsePathLocation(text: string): Location {
  const parsed = parseNotation(text);
  if (parsed !== undefined) return parsed;
  if (text === '') throw new BadNameError(text, 'the path is empty');
  return { kind: 'path', path: text };
}

/** Formats a location so that {@link parseLocation} reads it again. */
export function formatLocation(location: Location): string {
  if (location.kind === 'docker') {
    const { reference } = location;
    return isReference(reference) ? reference : `docker://${reference}`;
  }
  if (location.kind === 'docker-daemon') return `docker-daemon:${location.reference}`;
  const { kind, path, tag, digest } = location;
  const which = digest === undefined ? (tag === undefined ? '' : `:${tag}`) : `@${digest}`;
  return `${kind === 'path' ? '' : `${kind}:`}${path}${which}`;
}

/** The text of a location for messages; a reference as it was given. */
export function locationText(location: ImageLocation): string {
  return typeof location === 'string' ? location : formatLocation(location);
}

/** Whether the text is neither skopeo notation nor a path. */
function isReference(text: string): boolean {
  return text !== '-' && !PATH.test(text) && !NOTATION.test(text) && !text.startsWith('docker://');
}

function parseNotation(text: string): Location | undefined {
  const reference = /^docker:\/\/(.*)$/s.exec(text)?.[1];
  if (reference !== undefined) return { kind: 'docker', reference: present(text, reference, 'reference') };
  const [, kind, rest = ''] = NOTATION.exec(text) ?? [];
  switch (kind) {
    case undefined:
      return undefined;
    case 'docker-daemon':
      return { kind, reference: present(text, rest, 'reference') };
    default:
      // The pattern allows no other prefix than those of files.
      return { kind: kind as LayoutLocation['kind'], ...parseFile(text, rest) };
  }
}

interface FilePart {
  /** The path of the file or directory. */
  readonly path: string;
  /** The tag, or the name, of one image of several. */
  readonly tag?: string;
  /** The digest of one image of several. */
  readonly digest?: Hash;
}

function parseFile(text: string, rest: string): FilePart {
  const at = rest.lastIndexOf('@');
  const digest = rest.slice(at + 1);
  const hasDigest = at >= 0 && isHash(digest);
  const [, path = '', tag] =
    /^((?:[A-Za-z]:(?=[\\/]))?[^:]*)(?::(.*))?$/s.exec(hasDigest ? rest.slice(0, at) : rest) ?? [];
  present(text, path, 'path');
  if (hasDigest && tag !== undefined) throw new BadNameError(text, 'it has both a tag and a digest');
  if (tag === '') throw new BadNameError(text, 'the tag is empty');
  return { path, ...(tag !== undefined && { tag }), ...(hasDigest && { digest }) };
}

function present(text: string, part: string, what: string): string {
  if (part === '') throw new BadNameError(text, `the ${what} is empty`);
  return part;
}
