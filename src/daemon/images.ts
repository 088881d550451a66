import { isJsonObject } from '../internal/json/json-object.js';
import { TransportError } from '../errors/service/transport.js';
import { type Hash, isHash } from '../v1/hash.js';
import { connect } from './engine/connect.js';
import { strings } from './inspect.js';
import type { DaemonOptions } from './engine/options.js';

/** An image in the list of a daemon. */
export interface ImageSummary {
  readonly id: Hash;
  /** In the daemon's own spelling; empty for an image that lost its last one. */
  readonly tags: readonly string[];
  /** References by the digest under which it was pulled or pushed. */
  readonly digests: readonly string[];
  /** Bytes on the daemon's disk. */
  readonly size: number;
  /** As in the config: RFC 3339. */
  readonly created: string;
}

/** The images that a daemon has, as `docker images` lists them: the newest first. */
export async function images(options: DaemonOptions = {}): Promise<readonly ImageSummary[]> {
  const { signal } = options;
  const engine = await connect(options);
  const operation = 'list the images';
  const response = await engine.json({ method: 'GET', path: '/images/json', operation }, { signal });
  if (!Array.isArray(response)) {
    throw new TransportError(`${operation}: ${engine.host} answers with something else`, {
      url: engine.host,
    });
  }
  return Object.freeze(response.flatMap(summaryOf).sort(byAge));
}

/** Daemons leave open which of two of one age comes first. */
function byAge(a: ImageSummary, b: ImageSummary): number {
  return Date.parse(b.created) - Date.parse(a.created) || (a.id < b.id ? -1 : 1);
}

function summaryOf(entry: unknown): readonly ImageSummary[] {
  if (!isJsonObject(entry) || !isHash(entry.Id)) return [];
  const { Size: size, Created: created } = entry;
  return [
    Object.freeze({
      id: entry.Id,
      tags: strings(entry.RepoTags),
      digests: strings(entry.RepoDigests),
      size: typeof size === 'number' ? size : 0,
      created: timeOf(created),
    }),
  ];
}

/** Seconds since 1970; Go's zero time is long before that. */
function timeOf(created: unknown): string {
  const time = new Date(typeof created === 'number' ? created * 1000 : 0);
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
}
