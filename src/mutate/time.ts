import { ZERO_TIME } from '../internal/json/go-time.js';
import { readTar, type TarHeader, type TarHeaderInput } from '../internal/tar/tar.js';
import type { ConfigFile, History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { familyOf } from './views/family.js';
import { changedImage } from './views/image-view.js';
import { isFilesystem, rewritten } from './layers/slots.js';
import { writtenTar } from '../internal/tar/written-tar.js';

export interface CanonicalOptions {
  /** The time instead of none, such as that of SOURCE_DATE_EPOCH. */
  readonly time?: Date | undefined;
}

/**
 * Sets all times in an image: of its files, its history and its creation. A step of the history that has no time gets
 * none. As in GGCR the history loses its authors.
 *
 * Each layer is rewritten, entry by entry, when its digest is first asked for, and keeps its compression. Blobs
 * that are no part of the filesystem stay as they are.
 */
export function time(base: Image, value: Date): Image {
  return retimed(base, momentOf(value), false);
}

/**
 * Lowers the times in an image that are later than one, such as that of SOURCE_DATE_EPOCH; all else stays as it is, the
 * authors in the history too. Layers are read to find out which have later times. Only those are written anew: the layers of a
 * base that is older keep their digests.
 *
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function rewriteTimestamps(base: Image, latest: Date): Image {
  return retimed(base, momentOf(latest), true);
}

/**
 * An image without what differs between two builds of the same content: its times, and the host and the container of the
 * build.
 */
export function canonical(base: Image, options: CanonicalOptions = {}): Image {
  const moment = options.time === undefined ? NEVER : momentOf(options.time);
  return changedImage(retimed(base, moment, false), {
    config: ({ container: _container, docker_version: _version, config, ...file }) => {
      const { Hostname: _hostname, ...kept } = config;
      return { ...file, config: kept };
    },
  });
}

/** A time as files and as documents have it. */
interface Moment {
  readonly seconds: number;
  readonly text: string;
}

const NEVER: Moment = { seconds: 0, text: ZERO_TIME };

function momentOf(date: Date): Moment {
  return { seconds: Math.floor(date.getTime() / 1000), text: date.toISOString() };
}

function retimed(base: Image, moment: Moment, clamp: boolean): Image {
  const { seconds } = moment;
  const set = (header: TarHeader): TarHeaderInput => retimedHeader(header, seconds, clamp);
  return changedImage(base, {
    layers: async (slots, o) => {
      const family = familyOf(await base.mediaType(o));
      return Promise.all(
        slots.map(async (slot) => {
          if (!(await isFilesystem(slot, o))) return slot;
          if (clamp && !(await hasLater(slot.layer, seconds, o))) return slot;
          const open = async (options = {}): Promise<ReturnType<typeof writtenTar>> =>
            writtenTar(async (tar, { signal }) => {
              for await (const entry of readTar(await slot.layer.uncompressed({ signal }), { signal })) {
                await tar.add(set(entry.header), entry);
              }
            }, options);
          return rewritten(slot, open, family, o);
        }),
      );
    },
    config: (config) => retimedConfig(config, moment, clamp),
  });
}

async function hasLater(layer: Layer, seconds: number, options: AbortOptions): Promise<boolean> {
  for await (const { header } of readTar(await layer.uncompressed(options), options)) {
    if (header.mtime > seconds) return true;
    if (Object.entries(header.pax).some(([key, value]) => timeRecords.has(key) && Number(value) > seconds)) {
      return true;
    }
  }
  return false;
}

function retimedHeader(header: TarHeader, seconds: number, clamp: boolean): TarHeader {
  const pax = Object.entries(header.pax)
    .filter(([key]) => key !== 'mtime')
    .map(([key, value]) => {
      const isTime = timeRecords.has(key) && !(clamp && Number(value) <= seconds);
      return [key, isTime ? String(seconds) : value] as const;
    });
  const keeps = clamp && header.mtime <= seconds;
  if (keeps && header.pax.mtime !== undefined) pax.push(['mtime', header.pax.mtime]);
  // Neither this nor a spread takes a key such as __proto__ for more than a key.
  return { ...header, mtime: keeps ? header.mtime : seconds, pax: Object.fromEntries(pax) };
}

const timeRecords: ReadonlySet<string> = new Set(['atime', 'ctime', 'LIBARCHIVE.creationtime']);

function retimedConfig(config: ConfigFile, moment: Moment, clamp: boolean): ConfigFile {
  if (!clamp) {
    // A step without a time keeps none: a time would tell of a moment that nobody recorded.
    const history = config.history?.map(({ author: _author, ...step }) =>
      step.created === undefined ? step : withTime(step, moment),
    );
    const keepsNone = moment === NEVER && config.created === undefined;
    return { ...(keepsNone ? config : withTime(config, moment)), ...(history !== undefined && { history }) };
  }
  const clamped = <T extends ConfigFile | History>(value: T): T =>
    Date.parse(value.created ?? '') > moment.seconds * 1000 ? withTime(value, moment) : value;
  const history = config.history?.map(clamped);
  return { ...clamped(config), ...(history !== undefined && { history }) };
}

function withTime<T extends object>(value: T, { text }: Moment): T {
  return { ...value, created: text };
}
