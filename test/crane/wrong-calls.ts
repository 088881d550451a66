import { Readable } from 'node:stream';
import { crane, daemon, empty, layout, mutate, name, remote, tarball } from 'containerregistry';

export type Call = () => unknown;

/** Calls a function with arguments of any type, as a program in JavaScript can. */
export function call(called: unknown, ...given: readonly unknown[]): unknown {
  return (called as (...args: readonly unknown[]) => unknown)(...given);
}

const image = empty.image;
const index = empty.index;
const reference = name.parseReference('127.0.0.1:9/app:v1');
const tag = name.newTag('127.0.0.1:9/app:v1');
export const text = '127.0.0.1:9/app:v1';
export const promise = Promise.resolve(image);
const callback = (): void => undefined;

/** For each verb: wrong calls, and the argument that the error must name. */
export const craneCalls: Readonly<Record<string, readonly (readonly [string, Call])[]>> = {
  append: [
    ['source', () => call(crane.append, promise, [])],
    ['options', () => call(crane.append, text, [], callback)],
  ],
  blob: [['name', () => call(crane.blob, {})]],
  catalog: [['name', () => call(crane.catalog, {})]],
  checkBase: [['source', () => call(crane.checkBase, promise)]],
  config: [
    ['source', () => call(crane.config, promise)],
    ['options', () => call(crane.config, text, callback)],
  ],
  contentFrom: [['source', () => call(crane.contentFrom, 1)]],
  copy: [
    ['source', () => call(crane.copy, { kind: 'nowhere' }, text)],
    ['target', () => call(crane.copy, text, { kind: 'oci' })],
    ['target', () => call(crane.copy, text)],
    ['options', () => call(crane.copy, text, text, callback)],
  ],
  copyRepository: [['name', () => call(crane.copyRepository, 'a/b', undefined)]],
  delete: [['name', () => call(crane.delete, reference)]],
  digest: [
    ['source', () => call(crane.digest, undefined)],
    ['options', () => call(crane.digest, text, callback)],
  ],
  export: [
    ['source', () => call(crane.export, promise, 'x.tar')],
    ['target', () => call(crane.export, image, Readable.from([]))],
  ],
  exportTo: [['directory', () => call(crane.exportTo, image, {})]],
  find: [
    ['location', () => call(crane.find, image)],
    ['options', () => call(crane.find, text, null)],
  ],
  flatten: [
    ['source', () => call(crane.flatten, promise)],
    ['tag', () => call(crane.flatten, image)],
    ['tag', () => call(crane.flatten, text, { tag: reference })],
  ],
  get: [['name', () => call(crane.get, reference)]],
  head: [['name', () => call(crane.head, ['a'])]],
  image: [['content of "a"', () => call(crane.image, { a: 1 })]],
  imageFrom: [['source', () => call(crane.imageFrom, {})]],
  inspect: [['source', () => call(crane.inspect, promise)]],
  layer: [['content of "a"', () => call(crane.layer, { a: null })]],
  listTags: [['name', () => call(crane.listTags, reference)]],
  load: [['source', () => call(crane.load, image)]],
  loadTag: [['name', () => call(crane.loadTag, 'x.tar', {})]],
  manifest: [['source', () => call(crane.manifest, promise)]],
  manifestsOf: [['location', () => call(crane.manifestsOf, image)]],
  multiSave: [
    ['path', () => call(crane.multiSave, { a: image })],
    ['source', () => call(crane.multiSave, { a: promise }, 'x.tar')],
  ],
  multiSaveLegacy: [['path', () => call(crane.multiSaveLegacy, { a: image })]],
  multiSaveOci: [['path', () => call(crane.multiSaveOci, [image])]],
  open: [
    ['source', () => call(crane.open, Buffer.from(''))],
    ['options', () => call(crane.open, 'x.tar', callback)],
  ],
  pull: [['location', () => call(crane.pull, reference)]],
  pullLayer: [['name', () => call(crane.pullLayer, undefined)]],
  pullTo: [
    ['locations', () => call(crane.pullTo, text, 'x.tar')],
    ['location', () => call(crane.pullTo, [image], 'x.tar')],
    ['target', () => call(crane.pullTo, [text], undefined)],
  ],
  push: [
    ['source', () => call(crane.push, promise, text)],
    ['name', () => call(crane.push, image, reference)],
    ['options', () => call(crane.push, image, text, callback)],
    ['references', () => call(crane.push, image, [])],
  ],
  pushFrom: [
    ['name', () => call(crane.pushFrom, 'x.tar', reference)],
    ['source', () => call(crane.pushFrom, image, text)],
  ],
  pushTags: [['source', () => call(crane.pushTags, image)]],
  putBlob: [
    ['name', () => call(crane.putBlob, reference, Buffer.from(''))],
    ['content', () => call(crane.putBlob, 'a/b', 7)],
  ],
  putManifest: [
    ['name', () => call(crane.putManifest, reference, '{}')],
    ['manifest', () => call(crane.putManifest, 'a/b', {})],
  ],
  rebase: [
    ['source', () => call(crane.rebase, promise)],
    ['tag', () => call(crane.rebase, image)],
  ],
  repositories: [['name', () => call(crane.repositories, {})]],
  save: [
    ['path', () => call(crane.save, image, text)],
    ['name', () => call(crane.save, image, reference, 'x.tar')],
    ['source', () => call(crane.save, promise, text, 'x.tar')],
  ],
  saveLegacy: [['path', () => call(crane.saveLegacy, image, text)]],
  saveOci: [['path', () => call(crane.saveOci, image)]],
  size: [['source', () => call(crane.size, promise)]],
  sync: [['plan', () => call(crane.sync, {})]],
  tag: [
    ['location', () => call(crane.tag, image, 'v1')],
    ['tagName', () => call(crane.tag, text, tag)],
  ],
  tags: [['name', () => call(crane.tags, reference)]],
  token: [['name', () => call(crane.token, {})]],
  tree: [['source', () => call(crane.tree, promise)]],
  upload: [
    ['layer', () => call(crane.upload, image, 'a/b')],
    ['name', () => call(crane.upload, crane.layer({}), reference)],
  ],
  validate: [['source', () => call(crane.validate, promise)]],
  validateArchive: [['source', () => call(crane.validateArchive, {})]],
  validateLayout: [['directory', () => call(crane.validateLayout, {})]],
  validateRemote: [['source', () => call(crane.validateRemote, promise)]],
  writeTo: [
    ['content', () => call(crane.writeTo, promise, text)],
    ['location', () => call(crane.writeTo, image, reference)],
    ['options', () => call(crane.writeTo, image, text, callback)],
  ],
};

/** Verbs that parse text, and verbs whose tests are beside their other tests. */
export const craneElsewhere = [
  'formatLocation',
  'parseLocation',
  'parsePathLocation',
  'layerFromDirectory',
  'layerFromFiles',
];

/** The same for other namespaces, by the name of the function with its namespace. */
export const otherCalls: Readonly<Record<string, readonly (readonly [string, Call])[]>> = {
  'remote.image': [['reference', () => call(remote.image, 'alpine')]],
  'remote.index': [['reference', () => call(remote.index, 'alpine')]],
  'remote.blob': [['reference', () => call(remote.blob, 'alpine')]],
  'remote.checkCredentials': [['repository', () => call(remote.checkCredentials, 'alpine')]],
  'remote.get': [
    ['reference', () => call(remote.get, Promise.resolve(reference))],
    ['options', () => call(remote.get, reference, callback)],
    ['auth', () => call(remote.get, reference, { auth: 'user:password' })],
  ],
  'remote.head': [['reference', () => call(remote.head, 'alpine')]],
  'remote.layer': [['reference', () => call(remote.layer, 'alpine')]],
  'remote.list': [['repository', () => call(remote.list, 'alpine')]],
  'remote.tags': [['repository', () => call(remote.tags, 'alpine')]],
  'remote.catalog': [['repository', () => call(remote.catalog, 'alpine')]],
  'remote.repositories': [['repository', () => call(remote.repositories, 'alpine')]],
  'remote.catalogPage': [['repository', () => call(remote.catalogPage, 'alpine', '', 1)]],
  'remote.referrers': [['reference', () => call(remote.referrers, 'alpine')]],
  'remote.delete': [['reference', () => call(remote.delete, 'alpine')]],
  'remote.checkPushPermission': [['reference', () => call(remote.checkPushPermission, 'alpine')]],
  'remote.push': [
    ['taggable', () => call(remote.push, image, reference)],
    ['reference', () => call(remote.push, 'alpine', image)],
    ['taggable', () => call(remote.push, reference, promise)],
  ],
  'remote.put': [['taggable', () => call(remote.put, reference, {})]],
  'remote.tag': [['taggable', () => call(remote.tag, tag, undefined)]],
  'remote.write': [['taggable', () => call(remote.write, reference, promise)]],
  'remote.writeIndex': [['taggable', () => call(remote.writeIndex, reference, promise)]],
  'remote.writeLayer': [['layer', () => call(remote.writeLayer, reference.context(), image)]],
  'remote.multiWrite': [
    ['reference', () => call(remote.multiWrite, [['alpine', image]])],
    ['taggable', () => call(remote.multiWrite, [[reference, promise]])],
  ],
  'remote.newPuller': [['options', () => call(remote.newPuller, callback)]],
  'remote.newPusher': [['options', () => call(remote.newPusher, promise)]],
  'layout.fromPath': [['directory', () => call(layout.fromPath, {})]],
  'layout.imageIndexFromPath': [['directory', () => call(layout.imageIndexFromPath, undefined)]],
  'layout.open': [['directory', () => call(layout.open, 1)]],
  'layout.write': [['index', () => call(layout.write, 'images', image)]],
  'tarball.open': [['source', () => call(tarball.open, Readable.from([]))]],
  'tarball.image': [['source', () => call(tarball.image, undefined)]],
  'tarball.imageFromPath': [['source', () => call(tarball.imageFromPath, undefined)]],
  'tarball.loadManifest': [['source', () => call(tarball.loadManifest, {})]],
  'tarball.write': [
    ['writable', () => call(tarball.write, reference, image, 'x.tar')],
    ['reference', () => call(tarball.computeManifest, [[text, image]])],
  ],
  'tarball.writeToFile': [
    ['path', () => call(tarball.writeToFile, {}, reference, image)],
    ['image', () => call(tarball.writeToFile, '/nonexistent/x.tar', reference, promise)],
  ],
  'tarball.writeOciToFile': [
    ['content', () => call(tarball.writeOciToFile, '/nonexistent/x.tar', reference, promise)],
  ],
  'daemon.image': [['reference', () => call(daemon.image, 'alpine')]],
  'daemon.tag': [['target', () => call(daemon.tag, reference, 'v1')]],
  'daemon.write': [
    ['tag', () => call(daemon.write, 'v1', image)],
    ['image', () => call(daemon.write, tag, promise)],
  ],
  'mutate.annotations': [['base', () => call(mutate.annotations, promise, {})]],
  'mutate.removeAnnotations': [['base', () => call(mutate.removeAnnotations, promise, [])]],
  'mutate.removeLabels': [['base', () => call(mutate.removeLabels, index, [])]],
  'mutate.append': [['base', () => call(mutate.append, promise, [])]],
  'mutate.appendLayers': [['layers', () => call(mutate.appendLayers, image, ['x.tar'])]],
  'mutate.config': [['base', () => call(mutate.config, promise, {})]],
  'mutate.configFile': [['base', () => call(mutate.configFile, index, { rootfs: {} })]],
  'mutate.createdAt': [['base', () => call(mutate.createdAt, text, new Date(0))]],
  'mutate.toOci': [['base', () => call(mutate.toOci, promise)]],
  'mutate.toDocker': [['base', () => call(mutate.toDocker, undefined)]],
  'mutate.removeLayer': [['base', () => call(mutate.removeLayer, promise, 0)]],
  'mutate.replaceLayer': [['layer', () => call(mutate.replaceLayer, image, 0, promise)]],
  'mutate.editFiles': [['base', () => call(mutate.editFiles, promise, {})]],
  'mutate.extract': [['image', () => call(mutate.extract, promise)]],
  'mutate.extractTo': [
    ['image', () => call(mutate.extractTo, index, 'x')],
    ['directory', () => call(mutate.extractTo, image, undefined)],
  ],
  'mutate.extractLayerTo': [['layer', () => call(mutate.extractLayerTo, image, 'x')]],
  'mutate.flatten': [['base', () => call(mutate.flatten, promise)]],
  'mutate.squash': [['base', () => call(mutate.squash, promise)]],
  'mutate.appendManifests': [
    ['base', () => call(mutate.appendManifests, image, [])],
    ['add', () => call(mutate.appendManifests, index, [{ add: promise }])],
  ],
  'mutate.removeManifests': [['base', () => call(mutate.removeManifests, image, callback)]],
  'mutate.filterManifests': [['base', () => call(mutate.filterManifests, promise, callback)]],
  'mutate.filterPlatforms': [['base', () => call(mutate.filterPlatforms, image, ['linux'])]],
  'mutate.mapImages': [['base', () => call(mutate.mapImages, image, callback)]],
  'mutate.mediaType': [['base', () => call(mutate.mediaType, index, 'x')]],
  'mutate.configMediaType': [['base', () => call(mutate.configMediaType, promise, 'x')]],
  'mutate.indexMediaType': [['base', () => call(mutate.indexMediaType, image, 'x')]],
  'mutate.rebase': [
    ['original', () => call(mutate.rebase, promise, image, image)],
    ['newBase', () => call(mutate.rebase, image, image, text)],
  ],
  'mutate.recompress': [['base', () => call(mutate.recompress, promise, 'zstd')]],
  'mutate.subject': [['base', () => call(mutate.subject, promise, {})]],
  'mutate.time': [['base', () => call(mutate.time, promise, new Date(0))]],
  'mutate.rewriteTimestamps': [['base', () => call(mutate.rewriteTimestamps, index, new Date(0))]],
  'mutate.canonical': [['base', () => call(mutate.canonical, promise)]],
  'mutate.withPlatforms': [['base', () => call(mutate.withPlatforms, image)]],
};
