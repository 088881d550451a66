/**
 * Changes images and indexes by wrapping them: a view is its base but for one change.
 *
 * Views are immutable, cost nothing until they are asked, and compose. What a change does not touch
 * keeps its exact bytes; documents that are written anew keep the fields that this package does not
 * know. The same change made with crane gives the same digest, wherever crane is right.
 *
 * ```ts
 * const base = await remote.image(name.parseReference('busybox'));
 * const layer = tarball.layerFromFile('app.tar');
 * const image = mutate.config(mutate.appendLayers(base, [layer]), { Cmd: ['/app'] });
 * await remote.write(name.newTag('registry.example/app:v1'), image);
 * ```
 *
 * @packageDocumentation
 */
export { annotations } from './annotations.js';
export { type Addendum, append, appendLayers } from './append.js';
export { extract, type ExtractOptions } from './extract.js';
export { config, configFile, createdAt } from './config.js';
export { appendManifests, type IndexAddendum, removeManifests } from './index-children.js';
export { configMediaType, indexMediaType, mediaType } from './media-type.js';
export { subject } from './subject.js';
