import * as legacy from '../../src/legacy/index.js';
import * as tarball from '../../src/tarball/index.js';
import { openEngine, stopEngine } from './engine-sink.js';
import type { SinkKind } from './sink.js';
import { openArchive, openLayout, openRegistry, writeThroughStream } from './open-sinks.js';

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
    open: openArchive(tarball.writeOciToFile, tarball.writeOciToFile),
  },
  {
    name: 'a stream of an OCI archive',
    ...oci,
    open: openArchive(writeThroughStream(tarball.writeOci), writeThroughStream(tarball.writeOci)),
  },
  { name: 'an archive', ...docker, open: openArchive(tarball.writeToFile) },
  { name: 'a stream of an archive', ...docker, open: openArchive(writeThroughStream(tarball.write)) },
  { name: 'an archive of the first format', ...first, open: openArchive(legacy.tarball.writeToFile) },
  {
    name: 'a Docker Engine',
    keeps: 'tars',
    remembers: true,
    runsOnly: true,
    needs: ['dockerd', 'docker'],
    open: openEngine,
    stop: stopEngine,
  },
  {
    name: 'a stream of the first format',
    ...first,
    open: openArchive(writeThroughStream(legacy.tarball.write)),
  },
];
