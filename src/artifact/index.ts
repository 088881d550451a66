/**
 * Artifacts: files of any kind in registries and layouts, as oras stores them. Helm charts, WebAssembly modules, SBOMs and
 * signatures are artifacts.
 *
 * ```ts
 * import { artifact } from 'containerregistry';
 *
 * await artifact.push('registry.example/team/report:v1', {
 *   type: 'application/vnd.example.report',
 *   files: ['report.json'],
 * });
 * await artifact.pull('registry.example/team/report:v1', 'downloads');
 * ```
 *
 * oras pulls what this namespace pushes, and the reverse. The same files, types and annotations give the same digest, except
 * for packed directories, which oras compresses with another encoder.
 *
 * @packageDocumentation
 */
export { attach, type Attachment } from './attach.js';
export type {
  ArtifactConfig,
  ArtifactDefinition,
  ArtifactFile,
  ContentFile,
  FileContent,
  FileFacts,
  FileOnDisk,
} from './content/definition.js';
export { create, type CreateOptions } from './content/create.js';
export { discover, type DiscoverOptions, type ReferrerNode } from './discover.js';
export type { MemoryFile, PulledArtifact, PulledConfig, PulledFile } from './pulling/pulled.js';
export { pull } from './pull.js';
export type { PullOptions } from './pulling/pull-options.js';
export { push, type PushOptions } from './push.js';
