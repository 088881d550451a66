import { rm } from 'node:fs/promises';
import { image, imageIndex } from '../../build/image.js';
import type { Built } from '../../image/built.js';
import type { BuildOptions } from '../../build/options/build-options.js';
import { remoteOptions } from '../../crane/names/options.js';
import { writeTo } from '../../crane/locations/write-to.js';
import type { Pushed } from '../../crane/locations/pushed.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { annotations } from '../../mutate/annotations.js';
import { newPusher } from '../../remote/pusher.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { type BuildFiles, buildFiles } from './files.js';
import { type BuildTargets, buildTargets, type TargetFlags } from './targets.js';
import { buildValues, type ValueFlags } from './values.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';
import { printWarnings } from './check.js';
import { describeBuilt, type Description, writeReports } from './reports.js';

export interface BuildFlags extends ValueFlags, TargetFlags {
  readonly file?: string;
  readonly check?: boolean;
  readonly iidfile?: string;
  readonly metadataFile?: string;
  readonly json?: boolean;
}

/**
 * Builds an image, or an index if there are several platforms, writes it to all targets, and prints where it is. Flags and
 * permissions are checked before anything of the context is read.
 */
export async function buildAndWrite(cli: Cli, context: string, flags: BuildFlags): Promise<void> {
  const platforms = platformsOf(cli);
  const isIndex = platforms.length > 1;
  const files = buildFiles(cli.io, context, flags.file);
  const { options, indexAnnotations } = buildValues(flags, cli.io.env);
  if (!isIndex && Object.keys(indexAnnotations).length > 0)
    throw new UsageError('an annotation of an index needs several platforms', 'give --platform');
  if (flags.check === true) {
    await printWarnings(cli, { ...options, ...(await files()) }, platforms[0], flags);
    return;
  }
  const targets = await buildTargets(cli, flags, isIndex);
  if (flags.iidfile !== undefined) await removeOld(flags.iidfile);
  await checkPermissions(cli, targets);
  const built = await run(cli, platforms, { ...options, ...(await files()) });
  try {
    const content = isImageIndex(built) ? annotations(built, indexAnnotations) : built;
    const pushed = await writeAll(cli, content, targets);
    const description = await describeBuilt(content, targets.tags, cli.io);
    await writeReports(description, flags);
    await print(cli, description, pushed, targets, flags);
  } finally {
    await built[Symbol.asyncDispose]();
  }
}

function platformsOf({ platforms }: Cli): readonly string[] {
  if (platforms.includes('all'))
    throw new UsageError('a build cannot have the platform `all`', 'name the platforms, separated by commas');
  return [...new Set(platforms)];
}

/** A file of an earlier build must not stay if this build fails. */
async function removeOld(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw fileSystemError('remove', file, error);
  }
}

async function checkPermissions({ options, io }: Cli, { repositories }: BuildTargets): Promise<void> {
  if (repositories.length === 0) return;
  const pusher = newPusher(remoteOptions(options));
  for (const reference of repositories) await pusher.checkPushPermission(reference, { signal: io.signal });
}

async function run(
  { options: { platform: _platform, ...crane }, onBuildEvent }: Cli,
  platforms: readonly string[],
  values: BuildOptions & BuildFiles,
): Promise<Built<Image> | Built<ImageIndex>> {
  const options = { ...crane, ...values, onProgress: onBuildEvent };
  const [platform, ...more] = platforms;
  return more.length > 0 ? imageIndex({ ...options, platforms }) : image({ ...options, platform });
}

async function writeAll(
  { options: { platform: _platform, ...options } }: Cli,
  content: Image | ImageIndex,
  { locations }: BuildTargets,
): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = [];
  for (const location of locations) pushed.push(await writeTo(content, location, options));
  return pushed;
}

/** Prints each reference with the digest; the digest alone if the result is in no registry and no layout. */
async function print(
  cli: Cli,
  { digest, mediaType, size, configDigest }: Description,
  pushed: readonly Pushed[],
  { usesStdout }: BuildTargets,
  { json }: BuildFlags,
): Promise<void> {
  const references = [...new Set(pushed.map(({ reference }) => reference))];
  if (references.length === 0)
    cli.warn('the result was not kept: give --tag to push it, or --output to write it');
  // Nothing may follow an archive.
  if (usesStdout) return;
  if (json === true) {
    await cli.line(JSON.stringify({ references, digest, mediaType, size, configDigest }));
    return;
  }
  const withDigest = references.filter((reference) => reference.endsWith(`@${digest}`));
  for (const line of withDigest.length === 0 ? [digest] : withDigest) await cli.line(line);
}
