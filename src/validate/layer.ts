import type { AbortOptions } from '../internal/async/abort.js';
import { printable } from '../internal/printable.js';
import { exists } from '../partial/capabilities.js';
import { announcedCompression } from '../partial/layers/layer-compression.js';
import { type Hash, hashAlgorithm } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { isDistributable, isLayer } from '../v1/types.js';
import { attempt, compare, type Findings, nameWithDigest, throwFindings } from './findings.js';
import { measureBlob, type Measured, measureLayer } from './measure.js';
import type { ValidateOptions } from './options.js';

/**
 * Checks a layer: its digest, diff ID and size against its bytes, its media type against the compression of the bytes,
 * and that its tar is complete and has no path twice. The bytes are read once. A foreign layer that cannot be read is
 * not a finding.
 *
 * @throws ValidationError with all findings.
 */
export async function layer(subject: Layer, options: ValidateOptions = {}): Promise<void> {
  const findings =
    options.fast === true ? await findAbsence(subject, options) : await findInLayer(subject, options);
  throwFindings(await nameWithDigest('layer', subject, options), findings);
}

/** The result of reading a layer: what its bytes are, or the findings that say why it could not be read. */
export interface Reading {
  readonly layer: Layer;
  readonly mediaType?: MediaType | undefined;
  readonly measured?: Measured | undefined;
  readonly findings: Findings;
}

/**
 * Reads a layer. The tar of a filesystem layer is read, too, and hashed with the algorithm of `diffId` if that is
 * given.
 */
export async function readLayer(layer: Layer, options: AbortOptions, diffId?: Hash): Promise<Reading> {
  const type = await attempt('media type', options, async (options) => layer.mediaType(options));
  if (type.value === undefined) return { layer, findings: type.findings };
  const mediaType = type.value;
  // The digest of a one-shot stream is not known before it was read; sha256 is used then.
  const digest = await attempt('digest', options, async (options) => layer.digest(options));
  const algorithms = {
    digest: digest.value === undefined ? 'sha256' : hashAlgorithm(digest.value),
    diffId: diffId === undefined ? 'sha256' : hashAlgorithm(diffId),
  } as const;
  const measure = isLayer(mediaType) ? measureLayer : measureBlob;
  const measured = await attempt('content', options, async (options) =>
    measure(layer, { ...options, ...algorithms }),
  );
  const isForeign = !isDistributable(mediaType);
  return { layer, mediaType, measured: measured.value, findings: isForeign ? [] : measured.findings };
}

/** Compares what a layer says about itself with the bytes that were read. */
export async function compareClaims(reading: Reading, options: AbortOptions): Promise<Findings> {
  const { layer, mediaType, measured } = reading;
  if (mediaType === undefined || measured === undefined) return [];
  const digest = await attempt('digest', options, async (options) => layer.digest(options));
  const size = await attempt('size', options, async (options) => layer.size(options));
  const stored = [
    ...digest.findings,
    ...compare('digest of the bytes', digest.value, measured.digest),
    ...size.findings,
    ...compare('size of the bytes', size.value, measured.size),
  ];
  if (measured.tar === undefined) return stored;
  const { compression, diffId: actual, duplicates } = measured.tar;
  const diffId = await attempt('diff ID', options, async (options) => layer.diffId(options));
  const comparable = diffId.value !== undefined && hashAlgorithm(diffId.value) === hashAlgorithm(actual);
  return [
    ...stored,
    ...diffId.findings,
    ...(comparable ? compare('digest of the tar', diffId.value, actual) : []),
    ...compare(`compression for ${printable(mediaType)}`, announcedCompression(mediaType), compression),
    ...duplicates.map((path) => `the tar has ${JSON.stringify(printable(path))} more than once`),
  ];
}

/** A finding if the bytes of a layer cannot be read. The bytes of a foreign layer need not be readable. */
export async function findAbsence(layer: Layer, options: AbortOptions): Promise<Findings> {
  const found = await attempt('existence', options, async (options) => exists(layer, options));
  if (found.value === true) return [];
  const mediaType = await attempt('media type', options, async (options) => layer.mediaType(options));
  if (mediaType.value !== undefined && !isDistributable(mediaType.value)) return [];
  return found.value === false ? ['it does not exist'] : found.findings;
}

/** All findings about a layer alone. */
export async function findInLayer(layer: Layer, options: AbortOptions): Promise<Findings> {
  const reading = await readLayer(layer, options);
  return [...reading.findings, ...(await compareClaims(reading, options))];
}
