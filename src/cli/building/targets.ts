import {
  formatLocation,
  type Location,
  parseLocation,
  parsePathLocation,
} from '../../crane/names/location.js';
import { nameOptions, referenceOf } from '../../crane/names/options.js';
import { isDirectory } from '../../crane/locations/write-to.js';
import type { Reference, Tag } from '../../name/reference.js';
import { newTag } from '../../name/tag.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';

export interface TargetFlags {
  readonly tag?: readonly string[];
  readonly output?: readonly string[];
}

/** Where the result of a build is written. */
export interface BuildTargets {
  /** The names of `--tag`. */
  readonly tags: readonly Tag[];
  /** All locations, those of `--tag` first. */
  readonly locations: readonly Location[];
  /** A reference for each repository that is pushed to. */
  readonly repositories: readonly Reference[];
  /** Whether an archive is written to stdout, so that nothing else can be. */
  readonly usesStdout: boolean;
}

/**
 * Parses `--tag` and `--output`.
 *
 * @throws UsageError for a location that cannot take the result, such as an archive of one image for an index
 */
export async function buildTargets(cli: Cli, flags: TargetFlags, isIndex: boolean): Promise<BuildTargets> {
  const tags = (flags.tag ?? []).map((text) => tagOf(cli, text));
  const outputs = (flags.output ?? []).map((text) => outputOf(text, tags[0]));
  if (isIndex) for (const location of outputs) await refuseIndex(location);
  const toStdout = outputs.filter((location) => 'path' in location && location.path === '-');
  if (toStdout.length > 1) throw new UsageError('stdout can take only one --output');
  const pushed = outputs.flatMap((location) =>
    location.kind === 'docker' ? [referenceOf(location.reference, cli.options)] : [],
  );
  const byRepository = new Map(
    [...tags, ...pushed].map((reference) => [reference.context().name(), reference]),
  );
  return {
    tags,
    locations: [...tags.map((tag): Location => ({ kind: 'docker', reference: tag.toString() })), ...outputs],
    repositories: [...byRepository.values()],
    usesStdout: toStdout.length > 0,
  };
}

function tagOf({ options }: Cli, text: string): Tag {
  const location = parseLocation(text);
  if (location.kind === 'docker') return newTag(location.reference, nameOptions(options));
  throw new UsageError(`--tag ${text} is not a reference`, 'name other locations with --output');
}

/** The location of an output. A location on the disk without a tag gets the first `--tag` as the name of the image. */
function outputOf(text: string, tag: Tag | undefined): Location {
  if (/^(?:type|dest)=/.test(text)) {
    throw new UsageError(
      `--output ${text} is not a location`,
      'name one, such as oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:IMAGE or docker://IMAGE',
    );
  }
  const location = parsePathLocation(text);
  if (!('path' in location) || location.tag !== undefined || tag === undefined) return location;
  return { ...location, tag: tag.toString() };
}

async function refuseIndex(location: Location): Promise<void> {
  const { kind } = location;
  if (kind === 'docker' || kind === 'oci' || kind === 'oci-archive') return;
  if (kind === 'path' && (await isDirectory(location.path))) return;
  throw new UsageError(
    `--output ${formatLocation(location)} can take only one image, but several platforms make an index`,
    'name a reference, oci:DIR or oci-archive:FILE, or give one --platform',
  );
}
