import * as legacy from '../../src/legacy/index.js';
import * as tarball from '../../src/tarball/index.js';
import { openEngine, stopEngine } from './engine-place.js';
import type { SinkKind } from './sink.js';
import { archive, openLayout, openRegistry, streamed } from './sink-places.js';

const oci = { keeps: 'manifest', indexes: true } as const;
const docker = { keeps: 'layers' } as const;
const first = { keeps: 'tars', repeats: true, progress: false } as const;

/** Every kind of sink. A new kind needs one more line here. */
export const sinks: readonly SinkKind[] = [
  { name: 'a registry', ...oci, remembers: true, open: openRegistry },
  { name: 'a layout', ...oci, remembers: true, open: openLayout },
  {
    name: 'an OCI archive',
    ...oci,
    open: archive(tarball.writeOciToFile, tarball.writeOciToFile),
  },
  {
    name: 'a stream of an OCI archive',
    ...oci,
    open: archive(streamed(tarball.writeOci), streamed(tarball.writeOci)),
  },
  { name: 'an archive', ...docker, open: archive(tarball.writeToFile) },
  { name: 'a stream of an archive', ...docker, open: archive(streamed(tarball.write)) },
  { name: 'an archive of the first format', ...first, open: archive(legacy.tarball.writeToFile) },
  {
    name: 'a Docker Engine',
    keeps: 'tars',
    remembers: true,
    runsOnly: true,
    needs: ['dockerd', 'docker'],
    open: openEngine,
    stop: stopEngine,
  },
  { name: 'a stream of the first format', ...first, open: archive(streamed(legacy.tarball.write)) },
];
