import { posix } from 'node:path';
import type { LayerEntry } from './layer-tar.js';

/** A file, link or device; names that share one are hard links of each other. */
export interface ModelFile {
  readonly kind: 'file';
  /** Number of the layer that it comes from. */
  readonly layer: number;
  entry?: LayerEntry;
  /** The file of which this is a hard link. */
  linkTarget?: ModelFile;
}

export interface ModelDirectory {
  readonly kind: 'directory';
  entry?: LayerEntry;
  readonly children: Map<string, ModelNode>;
}

export type ModelNode = ModelFile | ModelDirectory;

/** Applies layers to a tree in memory, one after the other from the lowest. A slow and simple model to compare with. */
export function overlay(layers: readonly (readonly LayerEntry[])[]): ModelDirectory {
  let root = directory();
  layers.forEach((entries, layer) => {
    root = applyLayer(root, entries, layer);
  });
  return root;
}

/** Follows hard links to the file that they name; undefined if it does not exist. */
export function fileOf(node: ModelFile): ModelFile | undefined {
  const seen = new Set<ModelFile>();
  let current = node;
  while (current.linkTarget !== undefined) {
    if (seen.has(current)) return undefined;
    seen.add(current);
    current = current.linkTarget;
  }
  return current.entry === undefined ? undefined : current;
}

/** All paths of the tree, without directories that no entry named. */
export function allPaths(root: ModelDirectory): Map<string, ModelNode> {
  const found = new Map<string, ModelNode>();
  const walk = (node: ModelDirectory, path: string): void => {
    if (node.entry !== undefined) found.set(path === '' ? '.' : path, node);
    for (const [name, child] of node.children) {
      const below = path === '' ? name : `${path}/${name}`;
      if (child.kind === 'directory') walk(child, below);
      else found.set(below, child);
    }
  };
  walk(root, '');
  return found;
}

function applyLayer(before: ModelDirectory, entries: readonly LayerEntry[], layer: number): ModelDirectory {
  const root = copy(before);
  for (const { name } of entries) {
    const { dir, base } = posix.parse(clean(name));
    if (!base.startsWith('.wh.')) continue;
    const above = find(root, dir);
    if (above?.kind !== 'directory') continue;
    if (base === '.wh..wh..opq') above.children.clear();
    else above.children.delete(base.slice('.wh.'.length));
  }
  const links: { readonly file: ModelFile; readonly target: string }[] = [];
  for (const entry of entries) {
    const path = clean(entry.name);
    const { dir, base } = posix.parse(path);
    if (base.startsWith('.wh.')) continue;
    if (path === '.') {
      root.entry = entry;
      continue;
    }
    const own = entry.type === 'link' ? find(root, clean(entry.linkName ?? '')) : undefined;
    const above = makeDirectory(root, dir);
    const old = above.children.get(base);
    if (entry.type === 'directory') {
      if (old?.kind === 'directory') old.entry = entry;
      else above.children.set(base, { ...directory(), entry });
    } else if (entry.type !== 'link') {
      above.children.set(base, { kind: 'file', layer, entry });
    } else {
      const file: ModelFile = { kind: 'file', layer };
      above.children.set(base, file);
      if (own?.kind === 'file' && own.layer === layer) file.linkTarget = own;
      else links.push({ file, target: clean(entry.linkName ?? '') });
    }
  }
  for (const { file, target } of links) {
    const own = find(root, target);
    const isInLayer = own?.kind === 'file' && own.layer === layer && lastOf(own) !== file;
    const found = isInLayer ? own : find(before, target);
    if (found?.kind === 'file') file.linkTarget = found;
  }
  return root;
}

/** The last node of a chain of hard links, whether it is a file or not. */
function lastOf(file: ModelFile): ModelFile {
  let current = file;
  while (current.linkTarget !== undefined) current = current.linkTarget;
  return current;
}

function directory(): ModelDirectory {
  return { kind: 'directory', children: new Map() };
}

/** Copies the directories. Copies share files, because a file does not change later. */
function copy(node: ModelDirectory): ModelDirectory {
  const children = [...node.children].map(
    ([name, child]) => [name, child.kind === 'directory' ? copy(child) : child] as const,
  );
  return { ...node, children: new Map(children) };
}

export function clean(name: string): string {
  const path = posix.join('/', name).replace(/^\/+|\/+$/g, '');
  return path === '' ? '.' : path;
}

function find(root: ModelDirectory, path: string): ModelNode | undefined {
  let node: ModelNode | undefined = root;
  for (const part of parts(path)) node = node?.kind === 'directory' ? node.children.get(part) : undefined;
  return node;
}

/** The directory of this path. Every part of the path that is not a directory is replaced with one. */
function makeDirectory(root: ModelDirectory, path: string): ModelDirectory {
  let node = root;
  for (const part of parts(path)) {
    const child = node.children.get(part);
    const next = child?.kind === 'directory' ? child : directory();
    node.children.set(part, next);
    node = next;
  }
  return node;
}

function parts(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
