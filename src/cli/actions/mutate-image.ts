import { append } from '../../crane/changing/append.js';
import { changeConfig, type ConfigChanges } from '../../crane/changing/change-config.js';
import { find } from '../../crane/locations/find.js';
import { reportReads } from '../../crane/locations/report-reads.js';
import { type Location, parseLocation, type ImageLocation } from '../../crane/names/location.js';
import { mapFound } from '../../crane/changing/map-found.js';
import { targetFor } from '../../crane/names/target.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { annotations, removeAnnotations } from '../../mutate/annotations.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { parsePlatform } from '../../v1/platform.js';
import { isIndex } from '../../v1/types.js';
import { layersOf, sharedLayers } from './append-to.js';
import { indexPlatforms, warnOfOneImage } from '../arguments/chosen-platforms.js';
import { notPair, pairs } from '../arguments/name-values.js';
import type { Cli } from '../context/cli.js';
import { writeResult } from './write-result.js';
import { UsageError } from '../terminal/exit-code.js';
import { type RewriteFlags, rewritesOf } from './rewrite-image.js';

export interface MutateFlags extends RewriteFlags {
  readonly annotation?: readonly string[];
  readonly removeAnnotation?: readonly string[];
  readonly label?: readonly string[];
  readonly removeLabel?: readonly string[];
  readonly env?: readonly string[];
  readonly removeEnv?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly exposedPorts?: readonly string[];
  readonly setPlatform?: string;
  readonly append?: readonly string[];
  readonly anyLayer?: boolean;
  readonly repo?: string;
  readonly tag?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/**
 * Changes an image. If the reference names an index, it changes the image for `--platform` or for linux/amd64; with
 * several platforms or `all`, every image for these. If only annotations change and no platform is given, it changes
 * the index itself.
 */
export async function mutateImage(cli: Cli, reference: string, flags: MutateFlags): Promise<void> {
  const { signal } = cli.io;
  if (flags.repo !== undefined && flags.tag !== undefined) {
    throw new UsageError('--repo and --tag cannot be used together');
  }
  const annotate = annotationsOf(flags);
  const changes = configChangesOf(flags);
  const rewrites = rewritesOf(cli, flags);

  const location = parseLocation(reference);
  const found = await find(location, cli.options);
  const platforms = indexPlatforms(cli);
  const forIndex = isIndex(found.mediaType) && cli.platform === undefined && annotate !== undefined;
  if (forIndex && (platforms === undefined || otherThanAnnotations(flags) === undefined)) {
    refuseForIndex(reference, flags);
    const index = annotate.index(await found.imageIndex({ signal }));
    const target = await targetOf(cli, location, flags, async () => index.digest({ signal }));
    await writeResult(cli, index, target, flags);
    return;
  }
  if (isIndex(found.mediaType) && platforms !== undefined && flags.setPlatform !== undefined) {
    throw new UsageError('--set-platform can be used for only one image', 'select it with --platform');
  }
  const sources = layersOf(cli, flags.append ?? []);
  const shared = isIndex(found.mediaType)
    ? sharedLayers(cli, sources, { anyLayer: flags.anyLayer })
    : undefined;
  const change = async (original: Image, options: AbortOptions): Promise<Image> => {
    // A rewrite reads every layer before the push begins.
    const { onProgress } = rewrites.length > 0 ? cli.options : {};
    const image = reportReads(original, reference, onProgress);
    const grown = await append(image, (await shared?.(image, options)) ?? sources, {
      ...options,
      anyLayer: flags.anyLayer,
    });
    const configured = await changeConfig(grown, changes, options);
    return rewrites.reduce((one, rewrite) => rewrite(one), annotate?.image(configured) ?? configured);
  };
  warnOfOneImage(cli, reference, found, replacesItself(reference, flags));
  const changed = await mapFound(found, reference, change, { ...cli.options, platforms });
  const target = await targetOf(cli, location, flags, async () => changed.digest({ signal }));
  await writeResult(cli, changed, target, flags);
}

function configChangesOf(flags: MutateFlags): ConfigChanges {
  const { label, removeLabel, env, removeEnv, user, workdir, exposedPorts, setPlatform } = flags;
  for (const variable of env ?? []) if (!/^[^=]+=/.test(variable)) throw notPair('env', variable);
  return {
    labels: label && pairs('label', label),
    removeLabels: removeLabel,
    env,
    removeEnv,
    entrypoint: wordsOf(flags.entrypoint),
    cmd: wordsOf(flags.cmd),
    user,
    workdir,
    exposedPorts,
    platform: setPlatform === undefined ? undefined : parsePlatform(setPlatform),
  };
}

/** A single empty word means an empty list. */
function wordsOf(words: readonly string[] | undefined): readonly string[] | undefined {
  return words?.join() === '' ? [] : words;
}

/** The changes of annotations that the flags ask for; undefined if there are none. */
function annotationsOf({ annotation, removeAnnotation = [] }: MutateFlags) {
  if (annotation === undefined && removeAnnotation.length === 0) return undefined;
  const added = pairs('annotation', annotation);
  return {
    image: (image: Image) => annotations(removeAnnotations(image, removeAnnotation), added),
    index: (index: ImageIndex) => annotations(removeAnnotations(index, removeAnnotation), added),
  };
}

/** Flags that apply to an index itself. */
const FOR_INDEX: ReadonlySet<string> = new Set([
  'annotation',
  'removeAnnotation',
  'repo',
  'tag',
  'output',
  'json',
]);

function otherThanAnnotations(flags: MutateFlags): string | undefined {
  return Object.entries(flags).find(([flag, value]) => value !== undefined && !FOR_INDEX.has(flag))?.[0];
}

/** Whether the result replaces the original under its name. */
function replacesItself(reference: string, { tag, repo, output }: MutateFlags): boolean {
  if (output !== undefined || repo !== undefined || reference.includes('@')) return false;
  return tag === undefined || tag === reference;
}

function refuseForIndex(reference: string, flags: MutateFlags): void {
  if (otherThanAnnotations(flags) === undefined) return;
  throw new UsageError(
    `${reference} is an index, of which only the annotations can be changed`,
    'select images of it with --platform, or all images with --platform all',
  );
}

async function targetOf(
  cli: Cli,
  location: Location,
  { tag, repo, output }: MutateFlags,
  digest: () => Promise<string>,
): Promise<ImageLocation> {
  if (tag !== undefined) return parseLocation(tag);
  // With --output, the image keeps its name.
  if (repo === undefined) return output === undefined ? targetFor(location, undefined) : location;
  const { repositoryOf } = await import('../../crane/names/options.js');
  return repositoryOf(repo, cli.options)
    .digest(await digest())
    .name();
}
