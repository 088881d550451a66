import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { discard } from '../../internal/streams/consume.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import { isHash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import { titleFor, titlePath } from './title.js';

/**
 * Content that is given to this package. Bytes are not copied: do not write to them. A stream is read once, into memory or a
 * temporary file, and is destroyed if the call fails.
 */
export type FileContent =
  string | Uint8Array | Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/** What both kinds of files have. */
export interface FileFacts {
  /** The media type. @default `application/vnd.oci.image.layer.v1.tar`, as in oras */
  readonly mediaType?: MediaType | undefined;
  /** Annotations of the file's descriptor. */
  readonly annotations?: Annotations | undefined;
}

/** A file or directory of this machine. */
export interface FileOnDisk extends FileFacts {
  /** The path. A directory is packed into a tar with gzip, which a pull unpacks. */
  readonly path: string;
  /** This form has no content. */
  readonly content?: undefined;
  /**
   * The name under which a pull writes the file. @default the path, with slashes; the last part of the path if it is absolute
   * or leads upwards
   */
  readonly title?: string | undefined;
}

/** A file whose content is given. */
export interface ContentFile extends FileFacts {
  /** The content. */
  readonly content: FileContent;
  /** This form has no path. */
  readonly path?: undefined;
  /** The name under which a pull writes the file. Without a title, the blob has no name and a pull does not write it. */
  readonly title?: string | undefined;
}

/** A file of an artifact. A text is the path of a {@link FileOnDisk}. */
export type ArtifactFile = string | FileOnDisk | ContentFile;

/** The config of an artifact: a document that describes it. */
export interface ArtifactConfig {
  /** The path of a file. Give either this or `content`. */
  readonly path?: string | undefined;
  /** The content. */
  readonly content?: FileContent | undefined;
  /** The media type. @default `application/vnd.unknown.config.v1+json`, as in oras */
  readonly mediaType?: MediaType | undefined;
  /** Annotations of the config's descriptor. */
  readonly annotations?: Annotations | undefined;
}

/** What an artifact consists of. */
export interface ArtifactDefinition {
  /**
   * The artifact type, a media type. @default `application/vnd.unknown.artifact.v1`, as in oras; none if there is a config,
   * whose media type then is the type of the artifact
   */
  readonly type?: string | undefined;
  /** The config. @default the empty config of OCI, `{}` */
  readonly config?: ArtifactConfig | undefined;
  /** The files, in the order of the manifest. */
  readonly files?: readonly ArtifactFile[] | undefined;
  /**
   * Annotations of the manifest. Unless they have `org.opencontainers.image.created`, it is set to the current time. Give it
   * a fixed time to get the same digest each time.
   */
  readonly annotations?: Annotations | undefined;
  /** The manifest that the artifact describes or signs. See {@link attach}. */
  readonly subject?: Descriptor | undefined;
}

/** A file of a definition that was checked. */
export interface CheckedFile {
  /** How error messages name the argument, such as `files[0]`. */
  readonly argument: string;
  readonly source: { readonly path: string } | { readonly content: FileContent };
  readonly title: string | undefined;
  readonly mediaType: MediaType | undefined;
  readonly annotations: Annotations;
}

/** A definition that was checked. */
export interface CheckedDefinition {
  readonly type: string | undefined;
  readonly config: CheckedFile | undefined;
  readonly files: readonly CheckedFile[];
  readonly annotations: Annotations;
  readonly subject: Descriptor | undefined;
}

/**
 * Checks everything that can be checked without reading a file. If a check fails, the streams are destroyed.
 *
 * @throws TypeError that names the wrong argument.
 * @throws UnsafePathError if a title leads out of the directory of a pull.
 */
export function checkedDefinition(definition: ArtifactDefinition): CheckedDefinition {
  try {
    const { type, config, files = [], annotations = {}, subject } = definition;
    if (type !== undefined) assertMediaType('type', type, ARTIFACT_TYPE);
    assertAnnotations('annotations', annotations);
    if (subject !== undefined) assertSubject(subject);
    const checkedFiles = files.map((file, at) => checkedFile(file, `files[${at}]`));
    assertDistinct(checkedFiles);
    return {
      type,
      annotations,
      subject,
      config: config === undefined ? undefined : checkedConfig(config),
      files: checkedFiles,
    };
  } catch (error) {
    discardStreams(definition);
    throw error;
  }
}

/** Destroys the streams of a definition. */
export function discardStreams({ config, files }: ArtifactDefinition): void {
  for (const file of [config, ...(Array.isArray(files) ? (files as readonly ArtifactFile[]) : [])]) {
    if (typeof file === 'object' && file.content instanceof Readable) discard(file.content);
    else if (typeof file === 'object' && isWebStream(file.content)) {
      file.content.cancel().catch(() => undefined);
    }
  }
}

function isWebStream(content: unknown): content is ReadableStream {
  return typeof content === 'object' && content !== null && 'getReader' in content && 'cancel' in content;
}

function checkedFile(file: ArtifactFile, argument: string): CheckedFile {
  const given: FileOnDisk | ContentFile = typeof file === 'string' ? { path: file } : file;
  const source = sourceOf(given, argument);
  const title = 'path' in source ? (given.title ?? titleFor(source.path)) : given.title;
  if (title !== undefined) {
    if (typeof title !== 'string') throw new TypeError(`${argument}.title must be a string`);
    titlePath(title);
  }
  return { argument, source, title, ...factsOf(given, argument) };
}

function checkedConfig(config: ArtifactConfig): CheckedFile {
  const argument = 'config';
  return { argument, source: sourceOf(config, argument), title: undefined, ...factsOf(config, argument) };
}

function sourceOf(given: unknown, argument: string): CheckedFile['source'] {
  const wrong = `${argument} must be an object with either \`path\` or \`content\``;
  if (typeof given !== 'object' || given === null) throw new TypeError(wrong);
  const { path, content } = given as { readonly path?: unknown; readonly content?: unknown };
  if ((path === undefined) === (content === undefined)) throw new TypeError(wrong);
  if (path !== undefined) {
    if (typeof path !== 'string' || path === '') throw new TypeError(`${argument}.path must be a path`);
    return { path };
  }
  if (!isContent(content)) {
    throw new TypeError(`${argument}.content must be a string, bytes or a stream; it is ${typeof content}`);
  }
  return { content };
}

function isContent(value: unknown): value is FileContent {
  if (typeof value === 'string' || value instanceof Uint8Array || value instanceof Readable) return true;
  return isWebStream(value) || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);
}

function factsOf(
  { mediaType, annotations = {} }: FileFacts,
  argument: string,
): { readonly mediaType: MediaType | undefined; readonly annotations: Annotations } {
  if (mediaType !== undefined) assertMediaType(`${argument}.mediaType`, mediaType, MEDIA_TYPE);
  assertAnnotations(`${argument}.annotations`, annotations);
  return { mediaType, annotations };
}

/** The names of RFC 6838, which registries and oras require of an artifact type. */
const ARTIFACT_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;
/** The same, with parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(?:;.{0,255})?$/i;

function assertMediaType(argument: string, value: unknown, pattern: RegExp): void {
  if (typeof value === 'string' && pattern.test(value)) return;
  throw new TypeError(`${argument} must be a media type such as application/spdx+json`);
}

function assertAnnotations(argument: string, value: unknown): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap && Object.values(value).every((text) => typeof text === 'string')) return;
  throw new TypeError(`${argument} must be an object whose values are strings`);
}

function assertSubject(subject: unknown): void {
  const { mediaType, digest, size } = Object(subject) as Partial<Descriptor>;
  if (typeof mediaType === 'string' && isHash(digest) && Number.isSafeInteger(size)) return;
  throw new TypeError('subject must be a descriptor with mediaType, digest and size');
}

/** Two files with one name would overwrite each other in a pull. */
function assertDistinct(files: readonly CheckedFile[]): void {
  const arguments_ = new Map<string, string>();
  for (const { argument, title } of files) {
    if (title === undefined) continue;
    const path = titlePath(title);
    const earlier = arguments_.get(path);
    if (earlier !== undefined) {
      throw new TypeError(`${argument} and ${earlier} have the same title, ${JSON.stringify(title)}`);
    }
    arguments_.set(path, argument);
  }
}
