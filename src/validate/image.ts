import type { AbortOptions } from '../internal/async/abort.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { type Limiter, limiter } from '../internal/async/limit.js';
import type { ConfigFile } from '../v1/config-file.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Manifest } from '../v1/manifest.js';
import { decodeManifest } from '../v1/documents/decode-manifest.js';
import { isConfig, isLayer } from '../v1/types.js';
import { findInConfig } from './config.js';
import {
  prefixFindings,
  attempt,
  compare,
  type Findings,
  nameWithDigest,
  throwFindings,
} from './findings.js';
import { compareClaims, findAbsence, type Reading, readLayer } from './layer.js';
import { findInManifest } from './manifest.js';
import type { ValidateOptions } from './options.js';

/**
 * Checks that an image is consistent: each layer with its bytes, and the manifest, the config and the layers with each
 * other. Each layer is read once, several at the same time; with `fast` no layer is read.
 *
 * @throws ValidationError with all findings.
 */
export async function image(subject: Image, options: ValidateOptions = {}): Promise<void> {
  const queue = limiter(options.jobs ?? 4);
  const findings = await keepingSpools(async () => findInImage(subject, options, queue));
  throwFindings(await nameWithDigest('image', subject, options), findings);
}

/** All findings about an image. The queue bounds how many layers are read at the same time. */
export async function findInImage(image: Image, options: ValidateOptions, queue: Limiter): Promise<Findings> {
  const { signal } = options;
  const layers = await attempt('layers', options, async (options) => image.layers(options));
  // Layers are read first: the manifest and the config of an image with one-shot streams are known only afterwards.
  const readings =
    options.fast === true
      ? await Promise.all(
          (layers.value ?? []).map(async (layer) =>
            queue(async () => checkExistence(layer, options), { signal }),
          ),
        )
      : await readAll(image, layers.value ?? [], options, queue);

  const manifest = await attempt('manifest', options, async (options) => image.manifest(options));
  if (manifest.value === undefined) {
    return [...readings.flatMap(({ findings }) => findings), ...manifest.findings];
  }
  const config = isConfig(manifest.value.config.mediaType)
    ? (await attempt('config', options, async (options) => image.configFile(options))).value
    : undefined;
  const perLayer: Findings[] = [];
  for (const [at, reading] of readings.entries()) {
    perLayer.push(
      prefixFindings(`layer ${at} (${manifest.value.layers[at]?.digest ?? 'not in the manifest'})`, [
        ...reading.findings,
        ...(await compareClaims(reading, options)),
        ...(await compareWithDocuments(image, reading, at, manifest.value, config, options)),
      ]),
    );
  }
  return [
    ...layers.findings,
    ...perLayer.flat(),
    ...(layers.value
      ? compare('layers of the manifest', layers.value.length, manifest.value.layers.length)
      : []),
    ...(await findInConfig(image, manifest.value, options)),
    ...(await findInManifest(image, manifest.value, decodeManifest, options)),
  ];
}

async function checkExistence(layer: Layer, options: AbortOptions): Promise<Reading> {
  return { layer, findings: await findAbsence(layer, options) };
}

/** Reads every layer once, even if it is listed several times. */
async function readAll(
  image: Image,
  layers: readonly Layer[],
  options: AbortOptions,
  queue: Limiter,
): Promise<readonly Reading[]> {
  const { signal } = options;
  const ids = await attempt(
    'diff IDs',
    options,
    async (options) => (await image.configFile(options)).rootfs.diff_ids,
  );
  const readings = new Map<Layer, Promise<Reading>>();
  return Promise.all(
    layers.map(async (layer, at) => {
      const known = readings.get(layer);
      if (known !== undefined) return known;
      const reading = queue(async () => readLayer(layer, options, ids.value?.[at]), { signal });
      readings.set(layer, reading);
      return reading;
    }),
  );
}

/** Compares the bytes that were read with what the manifest and the config say about the layer at this position. */
async function compareWithDocuments(
  image: Image,
  { measured, mediaType, layer }: Reading,
  at: number,
  manifest: Manifest,
  config: ConfigFile | undefined,
  options: AbortOptions,
): Promise<Findings> {
  const listed = manifest.layers[at];
  if (listed === undefined) return [];
  const diffId = config?.rootfs.diff_ids[at];
  return [
    ...compare('digest in the manifest', listed.digest, measured?.digest),
    ...compare('size in the manifest', listed.size, measured?.size),
    ...compare('media type in the manifest', listed.mediaType, mediaType),
    ...compare('diff ID in the config', diffId, measured?.tar?.diffId),
    ...(
      await attempt('lookup by digest', options, async (options) =>
        image.layerByDigest(listed.digest, options),
      )
    ).findings,
    ...(config === undefined || !isLayer(listed.mediaType) ? [] : await findByDiffId(image, layer, options)),
  ];
}

async function findByDiffId(image: Image, layer: Layer, options: AbortOptions): Promise<Findings> {
  const looked = await attempt<Layer>('lookup by diff ID', options, async (options) => {
    const diffId: Hash = await layer.diffId(options);
    return image.layerByDiffId(diffId, options);
  });
  return looked.findings;
}
