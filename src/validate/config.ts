import { isDeepStrictEqual } from 'node:util';
import type { AbortOptions } from '../internal/async/abort.js';
import type { ConfigFile } from '../v1/config-file.js';
import { hashAlgorithm, hasher } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Manifest } from '../v1/manifest.js';
import { decodeConfigFile } from '../v1/documents/decode-config-file.js';
import { isConfig } from '../v1/types.js';
import { attempt, compare, type Findings } from './findings.js';

/**
 * Compares the config's bytes with the manifest. Unless the image is an artifact, whose config is of another kind, the
 * content of the config is checked, too.
 */
export async function findInConfig(
  image: Image,
  manifest: Manifest,
  options: AbortOptions,
): Promise<Findings> {
  const raw = await attempt('config', options, async (options) => image.rawConfigFile(options));
  if (raw.value === undefined) return raw.findings;
  const running = hasher(hashAlgorithm(manifest.config.digest));
  running.update(raw.value);
  const digest = running.hash();
  const name = await attempt('config name', options, async (options) => image.configName(options));
  const bytes = [
    ...compare('digest of the config', manifest.config.digest, digest),
    ...compare('size of the config', manifest.config.size, raw.value.byteLength),
    ...name.findings,
    ...compare('config name', digest, name.value),
  ];
  if (!isConfig(manifest.config.mediaType)) return bytes;

  const given = await attempt('config', options, async (options) => image.configFile(options));
  if (given.value === undefined) return [...bytes, ...given.findings];
  const parsed = decodeConfigFile(raw.value);
  const differs = !isDeepStrictEqual(parsed, given.value);
  return [
    ...bytes,
    ...(differs ? ['config: the parsed document differs from the bytes'] : []),
    ...compare('rootfs.type of the config', 'layers', given.value.rootfs.type),
    ...countLayers(manifest, given.value),
  ];
}

/**
 * Compares the three places that say how many layers there are: the manifest, the diff IDs, and the history if there is
 * one.
 */
function countLayers(manifest: Manifest, { rootfs, history = [] }: ConfigFile): Findings {
  const ids = rootfs.diff_ids.length;
  const steps = history.filter(({ empty_layer: empty }) => empty !== true).length;
  return [
    ...compare('diff IDs for the layers of the manifest', manifest.layers.length, ids),
    ...(history.length === 0 ? [] : compare('layers in the history for the diff IDs', ids, steps)),
  ];
}
