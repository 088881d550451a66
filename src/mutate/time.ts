import { ZERO_TIME } from '../internal/json/go-time.js';
import { readTar, type TarHeader, type TarHeaderInput } from '../internal/tar/tar.js';
import type { ConfigFile, History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { isConfig } from '../v1/types.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { familyOf } from './views/family.js';
import { changedImage } from './views/image-view.js';
import { isFilesystem, slotWithTar } from './layers/slots.js';
import { lazyTar } from '../internal/tar/lazy-tar.js';

/** Options of {@link canonical}. */
export interface CanonicalOptions {
  /**
   * The time to set, such as that of SOURCE_DATE_EPOCH.
   *
   * @default the zero time: files get 1970-01-01, documents 0001-01-01
   */
  readonly time?: Date | undefined;
}

/**
 * Sets all times in an image: of its files, its history and its creation. A step of the history without a time stays
 * without one. As in GGCR, authors are removed from the history.
 *
 * Each layer is rewritten, entry by entry, when its digest is first read, and keeps its compression. Blobs that are not
 * part of the filesystem are not changed. An artifact stays as it is.
 */
export function time(base: Image, value: Date): Image {
  return retimed(base, toMoment(value), false);
}

/**
 * Lowers the times in an image that are later than `latest`, such as the time of SOURCE_DATE_EPOCH. Everything else is
 * kept, including the authors in the history. Layers are read to find out which of them have later times. Only those
 * are rewritten, so the layers of an older base keep their digests.
 *
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function rewriteTimestamps(base: Image, latest: Date): Image {
  return retimed(base, toMoment(latest), true);
}

/**
 * Removes the parts of an image that differ between two builds of the same content: its times, and the host, the
 * container and the Docker version of the build.
 */
export function canonical(base: Image, options: CanonicalOptions = {}): Image {
  const moment = options.time === undefined ? NO_TIME : toMoment(options.time);
  return changedImage(retimed(base, moment, false), {
    config: ({ container: _container, docker_version: _version, config, ...file }) => {
      const { Hostname: _hostname, ...kept } = config;
      return { ...file, config: kept };
    },
  });
}

/** A time, in the form that files need and in the form that documents need. */
interface Moment {
  readonly seconds: number;
  readonly text: string;
}

const NO_TIME: Moment = { seconds: 0, text: ZERO_TIME };

function toMoment(date: Date): Moment {
  return { seconds: Math.floor(date.getTime() / 1000), text: date.toISOString() };
}

function retimed(base: Image, moment: Moment, clamp: boolean): Image {
  const { seconds } = moment;
  const set = (header: TarHeader): TarHeaderInput => retimedHeader(header, seconds, clamp);
  return changedImage(base, {
    layers: async (slots, o) => {
      // oras gives files of any kind the media type of a tar.
      if (!isConfig((await base.manifest(o)).config.mediaType)) return slots;
      const family = familyOf(await base.mediaType(o));
      return Promise.all(
        slots.map(async (slot) => {
          if (!(await isFilesystem(slot, o))) return slot;
          if (clamp && !(await hasLaterTimes(slot.layer, seconds, o))) return slot;
          const open = async (options = {}): Promise<ReturnType<typeof lazyTar>> =>
            lazyTar(async (tar, { signal }) => {
              for await (const entry of readTar(await slot.layer.uncompressed({ signal }), { signal })) {
                await tar.add(set(entry.header), entry);
              }
            }, options);
          return slotWithTar(slot, open, family, o);
        }),
      );
    },
    config: (config) => retimedConfig(config, moment, clamp),
  });
}

async function hasLaterTimes(layer: Layer, seconds: number, options: AbortOptions): Promise<boolean> {
  for await (const { header } of readTar(await layer.uncompressed(options), options)) {
    if (header.mtime > seconds) return true;
    if (Object.entries(header.pax).some(([key, value]) => TIME_RECORDS.has(key) && Number(value) > seconds)) {
      return true;
    }
  }
  return false;
}

function retimedHeader(header: TarHeader, seconds: number, clamp: boolean): TarHeader {
  const pax = Object.entries(header.pax)
    .filter(([key]) => key !== 'mtime')
    .map(([key, value]) => {
      const isTime = TIME_RECORDS.has(key) && !(clamp && Number(value) <= seconds);
      return [key, isTime ? String(seconds) : value] as const;
    });
  const keeps = clamp && header.mtime <= seconds;
  if (keeps && header.pax.mtime !== undefined) pax.push(['mtime', header.pax.mtime]);
  // Like a spread, Object.fromEntries defines `__proto__` as an ordinary property.
  return { ...header, mtime: keeps ? header.mtime : seconds, pax: Object.fromEntries(pax) };
}

const TIME_RECORDS: ReadonlySet<string> = new Set(['atime', 'ctime', 'LIBARCHIVE.creationtime']);

function retimedConfig(config: ConfigFile, moment: Moment, clamp: boolean): ConfigFile {
  if (!clamp) {
    // A step without a time stays without one, because its time was never recorded.
    const history = config.history?.map(({ author: _author, ...step }) =>
      step.created === undefined ? step : withTime(step, moment),
    );
    const keepsNone = moment === NO_TIME && config.created === undefined;
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
