import { assertText } from '../internal/arguments.js';
import { assertLayer } from '../v1/assert-content.js';
import type { UnpackStep } from '../internal/unpack/name.js';
import { TOP } from '../internal/unpack/name.js';
import type { ToDiskOptions, UnpackTotals } from '../internal/unpack/options.js';
import { unpackTar } from '../internal/unpack/tar.js';
import type { Layer } from '../v1/layer.js';
import { archivePath, isMetadata, markerOf, ROOT } from './merge/archive-path.js';

/**
 * Unpacks one layer into a directory that already contains the layers below it. Whiteouts of the layer remove files of
 * lower layers. A file may replace a directory, and a directory may replace a link.
 *
 * Nothing outside the directory is changed; see {@link extractTo}. After a failure the directory contains a part of the
 * layer.
 */
export async function extractLayerTo(
  layer: Layer,
  directory: string,
  options: Omit<ToDiskOptions, 'merge'> = {},
): Promise<UnpackTotals> {
  assertLayer('layer', layer);
  assertText('directory', directory, 'a path');
  const { signal } = options;
  return unpackTar(await layer.uncompressed({ signal }), directory, { ...options, merge: true, readName });
}

function readName(name: string): UnpackStep {
  const path = archivePath(name);
  const marker = markerOf(path);
  if (marker !== undefined) {
    return { kind: marker.kind === 'whiteout' ? 'remove' : 'empty', path: belowTop(marker.path) };
  }
  return isMetadata(path) ? { kind: 'ignore' } : { kind: 'put', path: belowTop(path) };
}

function belowTop(path: string): string {
  return path === ROOT ? TOP : path;
}
