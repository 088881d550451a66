import { contextArchive } from './context-archive.js';
import { type ContextScope, directoryFiles, isDirectory } from './build-context.js';
import { BadNameError } from '../../errors/invalid/name.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { ImageLocation } from '../../crane/names/location.js';
import { parsePathLocation } from '../../crane/names/location.js';
import type { SourceDirectory } from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { parseReference } from '../../name/parse-reference.js';
import type { Image } from '../../v1/image.js';
import type { BuildOptions } from '../options/build-options.js';

/** What a named context is: an image that is given or can be found, or files. */
export type NamedContext =
  | { readonly kind: 'image'; readonly image: Image }
  | { readonly kind: 'location'; readonly location: ImageLocation }
  | { readonly kind: 'directory'; readonly files: SourceDirectory };

const IMAGE = 'docker-image://';
const LAYOUT = 'oci-layout://';

/** The contexts of a build by name. Each is opened when it is first needed. */
export class NamedContexts {
  readonly #contexts: NonNullable<BuildOptions['contexts']>;
  readonly #scope: ContextScope;
  readonly #opened = new Map<string, Promise<NamedContext>>();

  constructor({ contexts = {} }: BuildOptions, scope: ContextScope) {
    this.#contexts = contexts;
    this.#scope = scope;
  }

  has(name: string): boolean {
    return this.#key(name) !== undefined;
  }

  /** The context for a name of a stage or an image; undefined if there is none. `alpine` is `docker.io/library/alpine:latest`. */
  async find(name: string, options: AbortOptions): Promise<NamedContext | undefined> {
    const key = this.#key(name);
    const value = key === undefined ? undefined : this.#contexts[key];
    if (key === undefined || value === undefined) return undefined;
    const opened = this.#opened.get(key) ?? this.#open(value, options);
    this.#opened.set(key, opened);
    return opened;
  }

  #key(name: string): string | undefined {
    return Object.keys(this.#contexts).find((candidate) => sameName(candidate, name));
  }

  async #open(value: string | Image, { signal }: AbortOptions): Promise<NamedContext> {
    if (typeof value !== 'string') return { kind: 'image', image: value };
    if (value.startsWith(IMAGE)) return { kind: 'location', location: value.slice(IMAGE.length) };
    if (value.startsWith(LAYOUT))
      return { kind: 'location', location: parsePathLocation(`oci:${value.slice(LAYOUT.length)}`) };
    if (/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/.test(value)) {
      throw new UnsupportedError(
        `the context ${JSON.stringify(value)} is not a kind that this builder reads`,
        {
          hint: `use a directory, a tar, ${IMAGE}REFERENCE or ${LAYOUT}DIR`,
        },
      );
    }
    const files = (await isDirectory(value))
      ? await directoryFiles(value, { now: this.#scope.now, signal })
      : await contextArchive(value, await this.#scope.work(), { signal });
    return { kind: 'directory', files };
  }
}

function sameName(candidate: string, name: string): boolean {
  return candidate.toLowerCase() === name.toLowerCase() || fullName(candidate) === fullName(name);
}

function fullName(text: string): string {
  try {
    return parseReference(text).name();
  } catch (error) {
    if (error instanceof BadNameError) return text;
    throw error;
  }
}
