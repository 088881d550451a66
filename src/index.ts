/**
 * Container images in TypeScript: the abstractions of Go's go-containerregistry.
 *
 * The namespaces are also subpaths: `import * as remote from 'containerregistry/remote'`.
 *
 * @packageDocumentation
 */
import * as staticLayers from './static/index.js';

export * as artifact from './artifact/index.js';
export * as authn from './authn/index.js';
export * as build from './build/index.js';
export * as cache from './cache/index.js';
export * as crane from './crane/index.js';
export * as daemon from './daemon/index.js';
export * as dockerfile from './dockerfile/index.js';
export * as empty from './empty/index.js';
export * as errors from './errors/index.js';
export * as files from './files/index.js';
export * as image from './image/index.js';
export * as layout from './layout/index.js';
export * as legacy from './legacy/index.js';
export * as match from './match/index.js';
export * as mutate from './mutate/index.js';
export * as name from './name/index.js';
export * as partial from './partial/index.js';
export * as progress from './progress/index.js';
export * as random from './random/index.js';
export * as registry from './registry/index.js';
export * as remote from './remote/index.js';
export * as stream from './stream/index.js';
export * as tar from './tar/index.js';
export * as tarball from './tarball/index.js';
export * as testing from './testing/index.js';
export * as transport from './transport/index.js';
export * as v1 from './v1/index.js';
export * as validate from './validate/index.js';
// `static` is a reserved word: it can name an export, but not a variable.
export { staticLayers as static };
export { isContainerError } from './errors/index.js';
