import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** The house: what a folder may import lies on a lower level, or is named beside it. */
const levels: readonly (readonly string[])[] = [
  ['errors', 'internal'],
  ['v1', 'name'],
  ['authn', 'partial', 'match'],
  ['empty', 'static', 'random', 'stream', 'mutate', 'validate', 'cache'],
  ['transport', 'remote', 'tarball', 'legacy', 'layout', 'daemon', 'registry'],
  ['crane', 'testing'],
  ['index.ts', 'cli'],
];

const besides: Readonly<Record<string, readonly string[]>> = {
  internal: ['errors'],
  partial: ['match'],
  mutate: ['empty'],
  remote: ['transport'],
  daemon: ['tarball', 'layout'],
  legacy: ['tarball'],
  cli: ['index.ts'],
};

/** Folders that stand on a low level's vocabulary alone, whatever their own level. */
const only: Readonly<Record<string, readonly string[]>> = {
  registry: ['errors', 'internal', 'v1', 'name'],
};

/** Packages that have one home. */
const homes: Readonly<Record<string, readonly string[]>> = {
  got: ['transport/got-client.ts'],
  fzstd: ['internal/zstd.ts'],
  commander: ['cli/'],
  'smol-toml': ['transport/hosts/registries-conf.ts'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const root = path.resolve('src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(path.sep).join('/'));

const imports: Import[] = files.flatMap((from) =>
  ts
    .preProcessFile(readFileSync(path.join(root, from), 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => ({
      from,
      to: fileName.startsWith('.')
        ? path.posix.normalize(path.posix.join(path.posix.dirname(from), fileName)).replace(/\.js$/, '.ts')
        : fileName,
    })),
);
const local = imports.filter(({ to }) => files.includes(to));
const folderOf = (file: string): string => file.split('/')[0]!;
const levelOf = (folder: string): number => levels.findIndex((names) => names.includes(folder));

describe('the house', () => {
  it('gives every folder a level', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => levelOf(folder) < 0)).toEqual([]);
  });

  it('imports strictly downwards', () => {
    const climbing = local.filter(({ from, to }) => {
      const [source, target] = [folderOf(from), folderOf(to)];
      if (source === target || source === 'index.ts') return false;
      const allowed = only[source];
      if (allowed !== undefined) return !allowed.includes(target);
      return levelOf(target) >= levelOf(source) && !(besides[source] ?? []).includes(target);
    });
    expect(climbing).toEqual([]);
  });

  it('imports concrete files, never the index of another folder', () => {
    const viaIndex = local.filter(
      ({ from, to }) => to.endsWith('/index.ts') && from !== 'index.ts' && folderOf(from) !== 'cli',
    );
    expect(viaIndex).toEqual([]);
  });

  it('has no cycles, types included', () => {
    const targets = groupByFrom(local);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const { to } of targets.get(file) ?? []) visit(to, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it.each(Object.entries(homes))('imports %s in one place only', (name, places) => {
    const strays = imports.filter(
      ({ from, to }) =>
        (to === name || to.startsWith(`${name}/`)) && !places.some((place) => from.startsWith(place)),
    );
    expect(strays).toEqual([]);
  });
});

function groupByFrom(all: readonly Import[]): Map<string, Import[]> {
  const groups = new Map<string, Import[]>();
  for (const entry of all) groups.set(entry.from, [...(groups.get(entry.from) ?? []), entry]);
  return groups;
}
