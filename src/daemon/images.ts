import { isJsonObject } from '../internal/json/json-object.js';
import { TransportError } from '../errors/service/transport.js';
import { type Hash, isHash } from '../v1/hash.js';
import { connect } from './engine/connect.js';
import { stringsIn } from './inspect.js';
import type { DaemonOptions } from './engine/options.js';

/** An entry in a daemon's list of images. */
export interface ImageSummary {
  /** The daemon's ID of the image; see `DaemonImage.id`. */
  readonly id: Hash;
  /** The tags in the daemon's own spelling; empty for an image without one. */
  readonly tags: readonly string[];
  /** References by digest, for the digests under which the image was pulled or pushed. */
  readonly digests: readonly string[];
  /** The number of bytes that the image occupies on the daemon's disk; 0 if the daemon does not say. */
  readonly size: number;
  /** The time of creation that the config names, in the form of RFC 3339. */
  readonly created: string;
}

/**
 * Lists the images of a daemon as `docker images` does: the newest first.
 *
 * @throws TransportError if the daemon cannot be reached, or does not respond with a list.
 */
export async function images(options: DaemonOptions = {}): Promise<readonly ImageSummary[]> {
  const { signal } = options;
  const engine = await connect(options);
  const operation = 'list the images';
  const response = await engine.json({ method: 'GET', path: '/images/json', operation }, { signal });
  if (!Array.isArray(response)) {
    throw new TransportError(`${operation}: the response of ${engine.host} is not a list`, {
      url: engine.host,
    });
  }
  return Object.freeze(response.flatMap(parseSummary).sort(compareAge));
}

/** Daemons do not define the order of images of the same age; the ID decides then. */
function compareAge(a: ImageSummary, b: ImageSummary): number {
  return Date.parse(b.created) - Date.parse(a.created) || (a.id < b.id ? -1 : 1);
}

function parseSummary(entry: unknown): readonly ImageSummary[] {
  if (!isJsonObject(entry) || !isHash(entry.Id)) return [];
  const { Size: size, Created: created } = entry;
  return [
    Object.freeze({
      id: entry.Id,
      tags: stringsIn(entry.RepoTags),
      digests: stringsIn(entry.RepoDigests),
      size: typeof size === 'number' ? size : 0,
      created: formatTime(created),
    }),
  ];
}

/** Formats a number of seconds since 1970. It is negative for Go's zero time, in the year 1. */
function formatTime(created: unknown): string {
  const time = new Date(typeof created === 'number' ? created * 1000 : 0);
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
}
