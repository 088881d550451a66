import { posix } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../../dockerfile/instructions/types.js';
import { ownerOf } from '../../tree/accounts.js';
import { copyFiles, type CopyOptions } from '../../tree/copy/copy-files.js';
import { parseMode } from '../../tree/copy/mode.js';
import { unpackArchive } from '../../tree/copy/unpack-archive.js';
import { hasWildcard, matchingPaths } from '../../tree/copy/wildcards.js';
import { type IgnoreRules, pathRules } from '../../tree/ignore-rules.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import {
  bytesContent,
  leaf,
  type LeafNode,
  type SourceDirectory,
  type Timestamp,
} from '../../tree/nodes/node.js';
import { FileProblem } from '../../tree/nodes/problem.js';
import { resolvePath } from '../../tree/nodes/resolve.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { CraneOptions } from '../../crane/names/options.js';
import type { WorkDirectory } from '../options/work-directory.js';
import { downloadFile, fileNameOf, isUrl } from './url-file.js';

/** An instruction that copies files, with its variables expanded. */
export type FilesStep = AddInstruction | CopyInstruction;

/** What a step needs to copy files. */
export interface CopyScope extends AbortOptions {
  /** The files that the sources are in. */
  readonly files: SourceDirectory;
  /** The files of the stage; called only to look up names of users. */
  readonly stage: () => Promise<SourceDirectory>;
  readonly workingDirectory: string;
  readonly work: WorkDirectory;
  readonly crane: CraneOptions;
  readonly now: Timestamp;
}

/** Permissions of the files that are given as heredocs. */
const INLINE_MODE = 0o644;

/**
 * Carries out ADD or COPY on a tree, with the rules of BuildKit.
 *
 * @throws FileProblem for a source or destination that cannot be used
 * @see https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/dockerfile2llb/convert_copy.go
 */
export async function runFilesStep(step: FilesStep, tree: FileTree, scope: CopyScope): Promise<void> {
  const { signal, now } = scope;
  const options: CopyOptions = {
    ...{ signal, now },
    owner: isGiven(step.chown) ? await ownerOf(step.chown, scope.stage, { signal }) : undefined,
    mode: isGiven(step.chmod) ? parseMode(step.chmod) : undefined,
    exclude: step.exclude.length === 0 ? undefined : pathRules(step.exclude),
  };
  checkChecksum(step);
  const target = destinationOf(step.destination, scope.workingDirectory);
  for (const source of step.sources) {
    if (isUrl(source)) await addUrl(step, source, target, { tree, scope, options });
    else if (step.kind === 'copy' && step.parents)
      await copyWithParents(source, target, { tree, scope, options });
    else await copyMatches(step, source, target, { tree, scope, options });
  }
  for (const { name, content } of step.inline) {
    const bytes = bytesContent(Buffer.from(content));
    const node = leaf({ type: 'file', mode: INLINE_MODE, uid: 0, gid: 0, modified: now, content: bytes });
    const parts = posix.join('/', name).slice(1);
    await copyFiles(singleFile(parts, node), parts, tree, target, options);
  }
}

interface Target {
  readonly tree: FileTree;
  readonly scope: CopyScope;
  readonly options: CopyOptions;
}

const isGiven = (value: string | undefined): value is string => value !== undefined && value !== '';

async function copyMatches(
  step: FilesStep,
  source: string,
  target: string,
  { tree, scope, options }: Target,
): Promise<void> {
  const { files, signal, now, work } = scope;
  const isUnpacked = step.kind === 'add' && step.unpack !== false;
  for (const path of await matchingPaths(files, normalized(source), { signal })) {
    if (isUnpacked) {
      const { node } = await resolvePath(files, path, { signal });
      const content = node?.type === 'file' ? node.content : undefined;
      const unpack = { owner: options.owner, now, signal, spools: work };
      if (content !== undefined && (await unpackArchive(content, tree, target, unpack))) continue;
    }
    await copyFiles(files, path, tree, target, options);
  }
}

/**
 * Copies a source with the directories above it. A part `/./` in the source marks where these directories begin.
 */
async function copyWithParents(
  source: string,
  target: string,
  { tree, scope, options }: Target,
): Promise<void> {
  const { files, signal } = scope;
  const pivot = source.indexOf('/./');
  const base = pivot === -1 ? '/' : normalized(source.slice(0, pivot));
  const pattern = normalized(pivot === -1 ? source : source.slice(pivot + 2)).slice(1);
  const include: IgnoreRules = pathRules([pattern]);
  for (const path of await matchingPaths(files, base, { signal })) {
    if (!hasWildcard(base) && !hasWildcard(pattern)) {
      const required = posix.join(path, pattern);
      const { node } = await resolvePath(files, required, { signal });
      if (node === undefined) throw new FileProblem('not-found', `${required} does not exist`);
    }
    await copyFiles(files, path, tree, target, { ...options, include });
  }
}

async function addUrl(
  step: FilesStep,
  url: string,
  target: string,
  { tree, scope, options }: Target,
): Promise<void> {
  if (step.kind !== 'add')
    throw new FileProblem('unsupported', `COPY cannot copy ${url}`, 'use ADD for a file of the web');
  const { signal, now, work, crane } = scope;
  const node = await downloadFile(url, step.checksum, { work, crane, signal });
  const unpack = { owner: options.owner, now, signal, spools: work };
  if (step.unpack === true && node.content !== undefined) {
    if (await unpackArchive(node.content, tree, target, unpack)) return;
  }
  const name = fileNameOf(url);
  await copyFiles(singleFile(name, node), name, tree, target, options);
}

/** A tree with one file. */
function singleFile(path: string, node: LeafNode): SourceDirectory {
  const tree = FileTree.empty();
  const parts = path.split('/');
  tree.makeDirectories(parts.slice(0, -1), { mode: 0o755, uid: 0, gid: 0 }, node.modified);
  tree.set(parts, node);
  return tree.root;
}

function checkChecksum(step: FilesStep): void {
  if (step.kind !== 'add' || !isGiven(step.checksum)) return;
  const [source, ...others] = [...step.sources, ...step.inline.map(({ name }) => name)];
  if (others.length > 0 || source === undefined || !isUrl(source))
    throw new FileProblem('unsupported', '--checksum needs a single source, which is a URL');
}

/** A source as an absolute path in its context. A slash or `/.` at the end is kept. */
function normalized(source: string): string {
  const path = posix.join('/', source);
  return source.endsWith('/.') && path !== '/' ? `${path}/.` : path;
}

/** A destination as an absolute path. A slash at the end, which means a directory, is kept. */
export function destinationOf(destination: string, workingDirectory: string): string {
  const text = destination === '' || destination === '.' ? './' : destination;
  const path = posix.resolve('/', workingDirectory, text);
  return /\/\.?$/.test(text) && path !== '/' ? `${path}/` : path;
}

/** Carries out WORKDIR on a tree: creates the directories that do not exist. */
export async function makeWorkingDirectory(
  tree: FileTree,
  path: string,
  user: string,
  { stage, now, signal }: Pick<CopyScope, 'stage' | 'now' | 'signal'>,
): Promise<void> {
  const owner = user === '' ? { uid: 0, gid: 0 } : await ownerOf(user, stage, { signal });
  const { parts } = await resolvePath(tree.view, path, { signal });
  tree.makeDirectories(parts, { ...owner, mode: 0o755 }, now);
}
