import { goMap, goSlice, goString, goStruct } from '../../internal/json/go-types.js';
import { goDescriptor } from '../../v1/documents/marshal.js';
import type { ArchiveManifest } from './archive-manifest.js';

const goArchiveManifest = goSlice(
  goStruct([
    { name: 'Config', type: goString },
    { name: 'RepoTags', type: goSlice(goString) },
    { name: 'Layers', type: goSlice(goString) },
    { name: 'LayerSources', type: goMap(goDescriptor), omitEmpty: true },
  ]),
);

/** Writes a `manifest.json` with the bytes that go-containerregistry writes. */
export function marshalArchiveManifest(manifest: ArchiveManifest): Uint8Array {
  return Buffer.from(goArchiveManifest.encode(manifest, ''));
}
