import { BadNameError } from '../../errors/invalid/name.js';
import { type Hash, isHash } from '../../v1/hash.js';

/** An image or index in a registry: `docker://REFERENCE`, or just the reference. */
export interface RegistryLocation {
  readonly kind: 'docker';
  readonly reference: string;
}

/** An OCI layout in a directory: `oci:DIR`, `oci:DIR:TAG` or `oci:DIR@DIGEST`. */
export interface LayoutLocation {
  readonly kind: 'oci';
  readonly path: string;
  readonly tag?: string | undefined;
  readonly digest?: Hash | undefined;
}

/** An archive: `oci-archive:FILE` or `docker-archive:FILE`, each with `:TAG` or `@DIGEST`; `-` is standard input or output. */
export interface ArchiveLocation {
  readonly kind: 'oci-archive' | 'docker-archive';
  readonly path: string;
  readonly tag?: string | undefined;
  readonly digest?: Hash | undefined;
}

/** An image in a Docker Engine, or what answers like one: `docker-daemon:REFERENCE`, or an image's ID. */
export interface DaemonLocation {
  readonly kind: 'docker-daemon';
  readonly reference: string;
}

/**
 * An archive or layout of any kind, which is found out when it is read. Written is an archive for `docker load`, but into a
 * directory that is there a layout.
 */
export interface PathLocation {
  readonly kind: 'path';
  /** `-` is standard input or output. */
  readonly path: string;
  readonly tag?: string | undefined;
  readonly digest?: Hash | undefined;
}

/** Where an image can be. */
export type Location = RegistryLocation | LayoutLocation | ArchiveLocation | DaemonLocation | PathLocation;

/** Where something on the disk is. */
export type LocalLocation = LayoutLocation | ArchiveLocation | PathLocation;

/**
 * Where an image can be. Text is always a reference, as in go-containerregistry, so that a name from elsewhere never
 * leads to the disk; other places are objects, such as {@link parseLocation} makes them.
 */
export type Place = string | Location;

/** What no reference begins with. */
const PATH = /^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])/;
const NOTATION = /^(oci|oci-archive|docker-archive|docker-daemon):(.*)$/s;

/**
 * Reads skopeo's notation, a path, or a reference: that it is whether there is a file of that name or not.
 *
 * ```
 * location = "docker://" reference | "docker-daemon:" ( reference | id )
 *          | ( "oci" | "oci-archive" | "docker-archive" ) ":" path [ ":" tag | "@" digest ]
 *          | path | reference
 * ```
 *
 * A path stands alone if it begins as no reference does, with `/`, `./`, `../`, `C:\\` or the like, or is `-`, which is standard
 * input or output.
 *
 * The first colon ends the path, but for that of a drive: a letter at the start, followed by `:\` or `:/`. A path with other
 * colons is written as an object. An image that is called `oci` or like another of the words is `docker://oci:v1`.
 *
 * @throws {@link BadNameError} if something is missing.
 */
export function parseLocation(text: string): Location {
  return (
    parseNotation(text) ??
    (isReference(text) ? { kind: 'docker', reference: text } : { kind: 'path', path: text })
  );
}

/** As {@link parseLocation}, but what is no notation is the path of an archive or layout; `-` is standard input. */
export function parsePathLocation(text: string): Location {
  const parsed = parseNotation(text);
  if (parsed !== undefined) return parsed;
  if (text === '') throw new BadNameError(text, 'the path is empty');
  return { kind: 'path', path: text };
}

/** Writes what {@link parseLocation} reads. */
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

/** Whether text, as it stands, is neither notation nor a path. */
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
      // The expression knows no other words.
      return { kind: kind as LayoutLocation['kind'], ...parseFile(text, rest) };
  }
}

interface FilePart {
  readonly path: string;
  readonly tag?: string;
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
