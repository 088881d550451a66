import type { ImageSource } from '../crane/locations/source.js';
import { compressed } from '../internal/compress/compression.js';
import { discard, ignoreLateErrors } from '../internal/streams/consume.js';
import { discardByteSource, guardByteSource } from '../internal/streams/web.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { platformToString } from '../v1/platform.js';
import { Readable } from 'node:stream';
import { platformIndex } from './assemble.js';
import { findBases } from './base.js';
import { type Built, builtFrom } from './built.js';
import { wrongArgument } from '../internal/arguments.js';
import { dateOf, isPlainObject, listOf, textOf, textsOf } from './checks.js';
import { configChange } from './config.js';
import { copyEntries, layerInputs, streamsIn } from './entries.js';
import { ImageMaker, type MakerInput, type PlatformFiles } from './maker.js';
import type { BuildOptions, ImageOptions, IndexOptions } from './options.js';
import { targetPlatform } from './platforms.js';

/**
 * Builds an image from a base, files, layers and settings, without a daemon and without a Dockerfile. With `platforms`, it
 * builds one image for each, and an index whose entries have the platforms of the images, even if there is only one.
 *
 * All options are checked before anything is read. Then the base is looked up, whose layers are not read, and the new layers
 * are made: when the promise resolves, the files and streams have been read. The result is an image like any other, with
 * methods that push it, save it and load it into a daemon.
 *
 * The same files, base and options give the same digest on every machine: times are zero unless `created` or `time` is
 * given, root owns files, and permissions do not depend on the umask.
 *
 * ```ts
 * const app = await image.build({
 *   from: 'gcr.io/distroless/nodejs22-debian12',
 *   copy: ['package.json', 'dist', 'node_modules'],
 *   workdir: '/app',
 *   cmd: ['dist/server.js'],
 *   ports: [8080],
 * });
 * await app.push('registry.example.com/team/app:v1');
 * ```
 *
 * @throws TypeError for an option of the wrong shape; it names the option
 * @throws NotFoundError if a file or the base does not exist, or the base has no image for a platform
 * @throws SourceChangedError if a file is written to while it is read
 */
export async function build(options: IndexOptions): Promise<Built<ImageIndex>>;
export async function build(options?: ImageOptions): Promise<Built<Image>>;
export async function build(
  options: ImageOptions | IndexOptions = {},
): Promise<Built<Image> | Built<ImageIndex>> {
  const streams = new Set(isPlainObject(options) ? streamsIn(options.copy, options.layers) : []);
  for (const stream of streams) guardByteSource(stream);
  let maker: ImageMaker | undefined;
  try {
    const { input, platforms } = checkOptions(options, (files) => {
      for (const stream of streamsIn(files)) {
        if (!streams.has(stream)) guardByteSource(stream);
        streams.add(stream);
      }
    });
    const bases = await findBases(input.from, platforms ?? [input.platform], input.crane);
    maker = new ImageMaker(input);
    const images: Image[] = [];
    for (const base of bases) images.push(await maker.make(base));
    const [first] = images;
    if (first === undefined) throw wrongArgument('platforms', [], 'a list of at least one platform');
    const made = maker;
    const remove = async (): Promise<void> => made.remove();
    return platforms === undefined ? builtFrom(first, remove) : builtFrom(platformIndex(images), remove);
  } catch (error) {
    for (const stream of streams) discardByteSource(stream);
    await maker?.remove();
    throw error;
  }
}

interface Checked {
  readonly input: MakerInput & {
    readonly from: ImageSource;
    readonly platform: Platform | undefined;
  };
  readonly platforms: readonly Platform[] | undefined;
}

/** Checks all options. `onFiles` gets what a function returned for a platform. */
function checkOptions(options: ImageOptions | IndexOptions, onFiles: (files: unknown) => void): Checked {
  if (!isPlainObject(options)) throw wrongArgument('options', options, 'an object');
  const { platform, platforms, ...common } = options as BuildOptions & {
    readonly platform?: Platform | string | undefined;
    readonly platforms?: readonly (Platform | string)[] | undefined;
  };
  const {
    from = 'scratch',
    copy,
    layers,
    created,
    author,
    annotations,
    compression,
    compressionLevel,
  } = common;
  if (platform !== undefined && platforms !== undefined)
    throw new TypeError('`platform` and `platforms` cannot both be given');
  const targets = platforms === undefined ? undefined : platformsOf(platforms);
  const chosen = platform === undefined ? undefined : targetOf(platform, 'platform');
  assertSource(from);
  assertCompression(common);
  const filesOf = (target: Platform): PlatformFiles => {
    const given = { copy: resolved(copy, target), layers: resolved(layers, target) };
    onFiles(given);
    return { copies: copyEntries(given.copy ?? []), layers: layerInputs(given.layers ?? []) };
  };
  const known = new Map((targets ?? []).map((target) => [platformToString(target), filesOf(target)]));
  const isFunction = typeof copy === 'function' || typeof layers === 'function';
  const single = targets === undefined && (!isFunction || chosen !== undefined);
  const files = single ? filesOf(chosen ?? { os: '', architecture: '' }) : undefined;
  return {
    platforms: targets,
    input: {
      from,
      platform: chosen,
      change: configChange(common),
      files: (target) => known.get(platformToString(target)) ?? files ?? filesOf(target),
      created: (created === undefined ? new Date(0) : dateOf(created, 'created')).toISOString(),
      author: author === undefined ? undefined : textOf(author, 'author', 'a text'),
      annotations: annotations === undefined ? undefined : textsOf(annotations, 'annotations'),
      compress: { compression, compressionLevel },
      crane: craneOptions(common),
    },
  };
}

function resolved(value: unknown, platform: Platform): unknown {
  return typeof value === 'function' ? (value as (platform: Platform) => unknown)(platform) : value;
}

function platformsOf(value: unknown): readonly Platform[] {
  const targets = listOf(value, 'platforms', 'platforms, such as linux/amd64').map((one, at) =>
    targetOf(one, `platforms[${at}]`),
  );
  if (targets.length === 0) throw wrongArgument('platforms', value, 'a list of at least one platform');
  const texts = targets.map(platformToString);
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined) throw new TypeError(`\`platforms\` has ${twice} twice`);
  return targets;
}

function targetOf(value: unknown, name: string): Platform {
  const isPlatform =
    isPlainObject(value) && typeof value.os === 'string' && typeof value.architecture === 'string';
  if (typeof value !== 'string' && !isPlatform)
    throw wrongArgument(name, value, 'a platform, such as linux/arm64');
  return targetPlatform(value as Platform | string);
}

function assertSource(from: unknown): asserts from is ImageSource {
  const isObject = typeof from === 'object' && from !== null && ('kind' in from || 'rawManifest' in from);
  if (isObject || (typeof from === 'string' && from !== '')) return;
  throw wrongArgument('from', from, "a reference, a location, an image, an index or 'scratch'");
}

/** Fails if this version of Node cannot write the compression. */
function assertCompression({ compression = 'gzip', compressionLevel: level = 1 }: BuildOptions): void {
  if (!['gzip', 'zstd', 'none'].includes(compression))
    throw wrongArgument('compression', compression, "'gzip', 'zstd' or 'none'");
  if (compression !== 'none')
    discard(compressed(ignoreLateErrors(Readable.from([])), { compression, level }));
}

/** The options for finding the base. */
function craneOptions(options: BuildOptions): MakerInput['crane'] {
  const {
    from: _from,
    copy: _copy,
    layers: _layers,
    env: _env,
    entrypoint: _entry,
    cmd: _cmd,
    ...a
  } = options;
  const {
    user: _user,
    workdir: _workdir,
    labels: _labels,
    annotations: _annotations,
    ports: _ports,
    ...b
  } = a;
  const {
    volumes: _volumes,
    stopSignal: _stop,
    healthcheck: _health,
    shell: _shell,
    author: _author,
    ...c
  } = b;
  const { created: _created, compression: _compression, compressionLevel: _level, ...crane } = c;
  return crane;
}
