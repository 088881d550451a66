import { posix } from 'node:path';
import { layer as mapLayer } from '../crane/files/layer.js';
import { layersFor } from '../crane/changing/append.js';
import type { CraneOptions } from '../crane/names/options.js';
import { mapLimit } from '../internal/async/limit.js';
import { type Spool, spool } from '../internal/files/spool.js';
import { memoryAccess } from '../internal/files/random-access.js';
import { type ByteSource, isByteSource, toReadable } from '../internal/streams/web.js';
import { archivePath, ROOT } from '../mutate/merge/archive-path.js';
import { layerFromOpener } from '../partial/layers/layer-source.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { Config, History } from '../v1/config-file.js';
import type { Annotations } from '../v1/descriptor.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Platform } from '../v1/platform.js';
import { assembleImage } from './assemble.js';
import type { Base } from './base.js';
import type { ConfigChange } from './config.js';
import { contentPaths, copyLayer, type CopyPlan, type KeptContent } from './copy-layer.js';
import { type CopyEntry, isLayer } from './entries.js';
import type { FileContents, LayerInput } from './options.js';

/** The files of a build for one platform. */
export interface PlatformFiles {
  readonly copies: readonly CopyEntry[];
  readonly layers: readonly LayerInput[];
}

/** What images are made of, checked. */
export interface MakerInput {
  readonly change: ConfigChange;
  files(platform: Platform): PlatformFiles;
  readonly created: string;
  readonly author: string | undefined;
  readonly annotations: Annotations | undefined;
  readonly compress: LayerCompressionOptions;
  readonly crane: Omit<CraneOptions, 'platform'>;
}

/** Layers that are made at the same time. */
const LAYERS_AT_ONCE = 2;

/** The text that the steps of the history have as a comment. */
const COMMENT = 'containerregistry';

/** Makes the images of one build. What several platforms have in common is read, compressed and kept once. */
export class ImageMaker {
  readonly #input: MakerInput;
  /** The layers by the object or text that the caller gave, and by their target. */
  readonly #layers = new Map<unknown, Map<string, Layer>>();
  readonly #streams = new Map<ByteSource, Promise<Spool>>();

  constructor(input: MakerInput) {
    this.#input = input;
  }

  async make({ image, config: baseConfig, platform, annotations: ofBase }: Base): Promise<Image> {
    const { change, created, author, compress, crane } = this.#input;
    const annotations = { ...ofBase, ...this.#input.annotations };
    const { signal } = crane;
    const config = change(withoutTriggers(baseConfig?.config ?? {}), platform.os);
    const { copies, layers: inputs } = this.#input.files(platform);
    const sources: (Layer | string)[] = [];
    const earlier: string[] = [];
    for (const entry of copies) {
      const target = targetIn(directoryOf(config), entry.to);
      // A directory below an earlier target may have been copied with an owner of its own.
      const below = [...earlier];
      const isNew = (directory: string): boolean =>
        baseConfig === undefined && !below.some((above) => `${directory}/`.startsWith(`${above}/`));
      sources.push(await this.#copy(entry, target, isNew));
      const path = archivePath(target);
      if (path !== ROOT) earlier.push(path);
    }
    for (const input of inputs) sources.push(await this.#layer(input));
    const layers = await layersFor(image, sources, { ...compress, signal });
    // This reads the files, so that a mistake is found now, and later changes of files do not change the image.
    await mapLimit(layers, LAYERS_AT_ONCE, async (layer, options) => layer.digest(options), { signal });
    const step = (text: string): History => ({ created, created_by: text, comment: COMMENT });
    const history = [
      ...copies.map(({ to }) => step(`copy files to ${to}`)),
      ...inputs.map(() => step('add a layer')),
    ];
    return assembleImage(
      { ...{ base: image, baseConfig, layers, history, config, platform, created, author, annotations } },
      { signal },
    );
  }

  /** Closes the temporary files of streams. */
  async remove(): Promise<void> {
    for (const stream of this.#streams.values()) {
      const kept = await stream.catch(() => undefined);
      await kept?.close();
    }
    this.#streams.clear();
  }

  async #copy(entry: CopyEntry, target: string, isNew: CopyPlan['isNew']): Promise<Layer> {
    return this.#once(entry.given, target, async () => {
      const { from } = entry;
      const contents = typeof from === 'string' ? undefined : await this.#contents(from, target);
      return copyLayer({ entry, contents, target, isNew }, this.#input.compress);
    });
  }

  async #layer(input: LayerInput): Promise<Layer | string> {
    if (typeof input === 'string' || isLayer(input)) return input;
    return this.#once(input, '', async () => {
      if (!isByteSource(input) && !(input instanceof Uint8Array)) return mapLayer(input);
      const kept = await this.#kept(input);
      const open = kept instanceof Uint8Array ? memoryOpener(kept) : () => kept.open();
      return layerFromOpener(open, this.#input.compress);
    });
  }

  async #once(given: unknown, target: string, make: () => Promise<Layer>): Promise<Layer> {
    const known = this.#layers.get(given) ?? new Map<string, Layer>();
    this.#layers.set(given, known);
    const layer = known.get(target) ?? (await make());
    known.set(target, layer);
    return layer;
  }

  async #contents(files: FileContents, target: string): Promise<ReadonlyMap<string, KeptContent>> {
    const contents = new Map<string, KeptContent>();
    for (const name of contentPaths(Object.keys(files), target, 'copy')) {
      const content = files[name] ?? '';
      contents.set(name, typeof content === 'string' ? Buffer.from(content) : await this.#kept(content));
    }
    return contents;
  }

  /** Reads a stream, so that it can be read again. */
  async #kept(content: Uint8Array | ByteSource): Promise<Uint8Array | Spool> {
    // A copy, because the caller may change its bytes later.
    if (content instanceof Uint8Array) return Uint8Array.from(content);
    const { signal } = this.#input.crane;
    const kept = this.#streams.get(content) ?? spool(toReadable(content), { signal });
    this.#streams.set(content, kept);
    return kept;
  }
}

function memoryOpener(bytes: Uint8Array) {
  const access = memoryAccess(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return (offset = 0) => access.stream(offset, access.size - offset);
}

/** The triggers of ONBUILD were made for a Dockerfile, and are not passed on. */
function withoutTriggers({ OnBuild: _triggers, ...config }: Config): Config {
  return config;
}

/** The working directory as a path in the tar of a layer. On Windows, the drive is left out. */
function directoryOf({ WorkingDir = '' }: Config): string {
  return posix.resolve('/', WorkingDir.replace(/^[A-Za-z]:/, '').replaceAll('\\', '/'));
}

/** A target as an absolute path. A slash at the end is kept. */
function targetIn(directory: string, to: string): string {
  const target = posix.resolve(directory, to);
  return /(?:^|\/)\.?$/.test(to) && target !== '/' ? `${target}/` : target;
}
