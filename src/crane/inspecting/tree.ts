import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { mapLimit } from '../../internal/async/limit.js';
import { boundedInteger } from '../../internal/bounded-integer.js';
import { index as indexOf } from '../../remote/image-index.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { isIndex } from '../../v1/types.js';
import type { ImageSource } from '../locations/source.js';
import { type CraneOptions, remoteOptions } from '../names/options.js';
import { MAX_MANIFESTS } from './children.js';
import { type ManifestTree, nodeOf } from './manifest-tree.js';
import { openSubject, referrersOf, type Subject } from './subject.js';

/** How far a tree is followed. */
export interface TreeOptions extends CraneOptions {
  /** Looks up what refers to each manifest. Only a registry can list it. @default true */
  readonly referrers?: boolean | undefined;
  /** How many levels below the root are looked up. Deeper levels are left out, without an error. @default 16 */
  readonly depth?: number | undefined;
  /** Cap on the number of manifests in the tree. @default 1000 */
  readonly maxManifests?: number | undefined;
}

/**
 * Follows a manifest to the manifests that it lists, and to those that refer to it, level by level. With `platform`, an
 * index is replaced by its image for that platform.
 *
 * In a registry, each manifest of the tree costs one request for its referrers, or two if the registry has no API for
 * them, and each index one more. The subject of a referrer is not checked: the tree shows what the registry lists.
 *
 * @throws NotFoundError if nothing is found. A nested index that is missing is not an error.
 * @throws LimitExceededError if the tree has more manifests than `maxManifests`.
 */
export async function tree(source: ImageSource, options: TreeOptions = {}): Promise<ManifestTree> {
  const { referrers = true, depth = 16, maxManifests = MAX_MANIFESTS, ...craneOptions } = options;
  boundedInteger('depth', depth, 0, 1000);
  const subject = await openSubject(source, craneOptions);
  const root = await rootOf(subject);
  const growing: Growing = { ...root, children: [], referring: [], omitted: undefined };
  const seen = new Set<Hash>([root.descriptor.digest]);
  let level = [growing];
  for (let at = 0; level.length > 0; at += 1) {
    if (at >= depth) {
      for (const node of level) node.omitted ??= mayHaveMore(node, subject, referrers) ? 'depth' : undefined;
      break;
    }
    level = await grow(level, { subject, referrers, seen, maxManifests });
  }
  return finished(growing);
}

/** A node of a tree whose lower levels are not known yet. */
interface Growing {
  readonly descriptor: Descriptor;
  /** Opens the index, if the node is one. */
  readonly open: (() => Promise<ImageIndex>) | undefined;
  children: readonly Growing[];
  referring: readonly Growing[];
  omitted: ManifestTree['omitted'];
}

interface Run {
  readonly subject: Subject;
  readonly referrers: boolean;
  /** The manifests that the tree has. */
  readonly seen: Set<Hash>;
  readonly maxManifests: number;
}

async function rootOf({ found, options }: Subject): Promise<Pick<Growing, 'descriptor' | 'open'>> {
  const { signal, platform } = options;
  const image =
    isIndex(found.mediaType) && platform !== undefined ? await found.image({ signal }) : undefined;
  const bytes = await (image ?? found).rawManifest({ signal });
  return {
    descriptor: {
      mediaType: image === undefined ? found.mediaType : await image.mediaType({ signal }),
      digest: await (image ?? found).digest({ signal }),
      size: bytes.byteLength,
    },
    open:
      image === undefined && isIndex(found.mediaType) ? async () => found.imageIndex({ signal }) : undefined,
  };
}

/** Looks up what is directly below the nodes of a level; returns the new nodes that may have more below them. */
async function grow(level: readonly Growing[], run: Run): Promise<Growing[]> {
  const { subject, referrers, seen, maxManifests } = run;
  const { signal, jobs = 4 } = subject.options;
  const looked = await mapLimit(
    level,
    jobs,
    async (node, { signal }) => {
      const index = await openIndex(node);
      return {
        children: index === undefined ? [] : await listed(index, { signal }),
        referring: referrers && node.omitted === undefined ? await referring(node, subject, { signal }) : [],
      };
    },
    { signal },
  );
  const next: Growing[] = [];
  const take = (candidates: readonly Growing[]): readonly Growing[] => {
    for (const node of candidates) {
      if (seen.has(node.descriptor.digest)) node.omitted = 'repeated';
      else next.push(node);
      seen.add(node.descriptor.digest);
    }
    if (seen.size > maxManifests)
      throw new LimitExceededError('number of manifests in the tree', maxManifests, 'maxManifests');
    return candidates;
  };
  for (const [at, node] of level.entries()) {
    node.children = take(looked[at]?.children ?? []);
    node.referring = take(looked[at]?.referring ?? []);
  }
  return next;
}

/** The index of a node; undefined if the node is not an index, or the index does not exist. */
async function openIndex(node: Growing): Promise<ImageIndex | undefined> {
  try {
    return await node.open?.();
  } catch (error) {
    // A mirror may have only some manifests of an index.
    if (!(error instanceof NotFoundError)) throw error;
    node.omitted = 'missing';
    return undefined;
  }
}

async function listed(index: ImageIndex, options: Pick<CraneOptions, 'signal'>): Promise<readonly Growing[]> {
  const { manifests } = await index.indexManifest(options);
  return manifests.map((descriptor) => ({
    descriptor,
    open: isIndex(descriptor.mediaType)
      ? async () => index.imageIndex(descriptor.digest, options)
      : undefined,
    children: [],
    referring: [],
    omitted: undefined,
  }));
}

async function referring(
  { descriptor }: Growing,
  subject: Subject,
  { signal }: Pick<CraneOptions, 'signal'>,
): Promise<readonly Growing[]> {
  const { repository, options } = subject;
  const found = await referrersOf({ repository, options: { ...options, signal } }, descriptor.digest);
  return (found ?? []).map((referrer) => ({
    descriptor: referrer,
    open:
      repository !== undefined && isIndex(referrer.mediaType)
        ? async () => indexOf(repository.digest(referrer.digest), remoteOptions(options))
        : undefined,
    children: [],
    referring: [],
    omitted: undefined,
  }));
}

/** Whether a node may have anything below it. */
function mayHaveMore(node: Growing, { repository }: Subject, referrers: boolean): boolean {
  return node.open !== undefined || (referrers && repository !== undefined);
}

function finished({ descriptor, children, referring, omitted }: Growing): ManifestTree {
  return {
    ...nodeOf(descriptor),
    manifests: children.map(finished),
    referrers: referring.map(finished),
    omitted,
  };
}
