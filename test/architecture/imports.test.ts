import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** The house: what a directory may import lies on a lower level, or is named beside it. */
const levels: readonly (readonly string[])[] = [
  ['errors', 'internal'],
  ['dockerfile', 'v1', 'name', 'tar'],
  ['authn', 'partial', 'match', 'progress'],
  ['empty', 'static', 'random', 'stream', 'mutate', 'validate', 'cache', 'stored', 'tree'],
  ['transport', 'remote', 'tarball', 'legacy', 'layout', 'daemon', 'registry'],
  ['crane', 'testing'],
  ['artifact', 'files', 'image'],
  ['build'],
  ['index.ts', 'cli'],
];

const besides: Readonly<Record<string, readonly string[]>> = {
  internal: ['errors'],
  partial: ['match'],
  mutate: ['empty', 'tree'],
  tree: ['mutate'],
  remote: ['transport'],
  daemon: ['tarball', 'layout'],
  legacy: ['tarball'],
  cli: ['index.ts'],
};

/** Directories that stand on a low level's vocabulary alone, whatever their own level. */
const only: Readonly<Record<string, readonly string[]>> = {
  registry: ['errors', 'internal', 'v1', 'name'],
};

/**
 * The rooms of each directory, lowest first: a room imports only rooms that stand before it. `.` stands for the files
 * that lie directly in the directory. A directory's `index.ts` is above all of its rooms.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  artifact: ['content', 'pulling', '.'],
  authn: ['config', 'helpers', '.'],
  build: ['options', 'contexts', 'plan', 'stages', 'output', '.'],
  cli: [
    'terminal',
    'progress',
    'context',
    'arguments',
    'completion',
    'actions',
    'artifacts',
    'building',
    'editing',
    'files',
    'inspecting',
    'syncing',
    'commands/reading',
    'commands/moving',
    'commands/changing',
    'commands',
    '.',
  ],
  crane: [
    'names',
    'files',
    'locations',
    'inspecting',
    'copying',
    'syncing',
    'pulling',
    'uploading',
    'changing',
    '.',
  ],
  daemon: ['engine', '.'],
  dockerfile: ['parts', 'expand', 'text', 'instructions', 'evaluate', 'check', '.'],
  errors: ['.', 'invalid', 'service'],
  files: ['entries', 'toc', 'layers', 'view', 'difference', '.'],
  internal: [
    '.',
    'json',
    'async',
    'streams',
    'compress/deflate',
    'compress',
    'files',
    'lock',
    'resumable',
    'tar/format',
    'tar/sparse',
    'tar',
    'unpack',
  ],
  layout: ['blobs', '.'],
  mutate: ['views', 'layers', 'merge', 'edits', '.'],
  partial: ['layers', '.'],
  registry: ['certificate', 'store', 'store/uploads', 'store/disk', 'store/memory', 'http', '.'],
  remote: ['connection', 'list', 'read', 'upload', 'push', '.'],
  tarball: ['documents', 'read', 'write', '.'],
  testing: ['server', 'faults', '.'],
  tree: ['nodes', 'layers', '.', 'copy'],
  transport: ['guard', 'wire', 'http', 'auth', 'settings', 'hosts', 'session', 'mirrors', '.'],
  v1: ['.', 'documents'],
};

/** A directory that holds more files than this needs rooms. */
const MOST_FILES_SIDE_BY_SIDE = 16;

/** Packages that have one home. */
const homes: Readonly<Record<string, readonly string[]>> = {
  got: ['transport/http/got-client.ts'],
  fzstd: ['internal/compress/zstd.ts'],
  tldts: ['transport/auth/realm.ts'],
  zod: ['v1/documents/schema.ts'],
  commander: ['cli/'],
  semver: ['cli/syncing/'],
  'smol-toml': ['transport/hosts/registries-conf.ts'],
  yaml: ['cli/syncing/'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const root = path.resolve('src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(path.sep).join('/'));

const supportFiles = readdirSync('test/support', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `test/support/${file.split(path.sep).join('/')}`);

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
/** The room of a file: its directory below the directory, or `.`. */
const roomOf = (file: string): string => file.split('/').slice(1, -1).join('/') || '.';
const levelOf = (directory: string): number => levels.findIndex((names) => names.includes(directory));

describe('the house', () => {
  it('gives every directory a level', () => {
    expect([...new Set(files.map(folderOf))].filter((directory) => levelOf(directory) < 0)).toEqual([]);
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

  it('knows every room of every directory', () => {
    const found = files.filter((file) => file !== 'index.ts' && path.posix.basename(file) !== 'index.ts');
    const unknown = found.filter((file) => !(rooms[folderOf(file)] ?? ['.']).includes(roomOf(file)));
    expect(unknown).toEqual([]);
    const empty = Object.entries(rooms).flatMap(([directory, names]) =>
      names
        .filter((name) => !found.some((file) => folderOf(file) === directory && roomOf(file) === name))
        .map((name) => `${directory}/${name}`),
    );
    expect(empty).toEqual([]);
  });

  it('imports strictly downwards between the rooms of a directory', () => {
    const climbing = local.filter(({ from, to }) => {
      const directory = folderOf(from);
      if (directory !== folderOf(to) || path.posix.basename(from) === 'index.ts') return false;
      const order = rooms[directory] ?? ['.'];
      return order.indexOf(roomOf(to)) > order.indexOf(roomOf(from));
    });
    expect(climbing).toEqual([]);
  });

  it('keeps few files side by side, in the source and in the support of the tests', () => {
    const counts = new Map<string, number>();
    for (const file of [...files.map((name) => `src/${name}`), ...supportFiles]) {
      if (path.posix.basename(file) === 'index.ts') continue;
      counts.set(path.posix.dirname(file), (counts.get(path.posix.dirname(file)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > MOST_FILES_SIDE_BY_SIDE)).toEqual([]);
  });

  it('imports concrete files, never the index of another directory', () => {
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
