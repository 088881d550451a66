import { Readable } from 'node:stream';
import { isKeychain, readAuth } from '../authn/config/credentials.js';
import { check } from '../dockerfile/checking.js';
import type { Dockerfile } from '../dockerfile/instructions/dockerfile.js';
import { parse } from '../dockerfile/parse.js';
import { DockerfileError } from '../errors/invalid/dockerfile.js';
import { platformIndex } from '../image/assemble.js';
import { type Built, builtFrom } from '../image/built.js';
import { localPlatform, targetPlatform } from '../image/platforms.js';
import { compressed } from '../internal/compress/compression.js';
import { discard, ignoreLateErrors } from '../internal/streams/consume.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { type BuildContext, type ContextScope, openContext } from './contexts/build-context.js';
import { NamedContexts } from './contexts/named-contexts.js';
import type { BuildOptions, ImageOptions, IndexOptions } from './options/build-options.js';
import { WorkDirectory } from './options/work-directory.js';
import { assembleStage } from './output/assemble.js';
import { type BuildTime, buildTime } from './options/build-time.js';
import { craneOptions, planTarget } from './plan/planner.js';
import { BaseTrees } from './stages/base-trees.js';
import { StepBudget } from './stages/step-budget.js';
import { StageRunner } from './stages/run-stages.js';

/**
 * Builds an image from a Dockerfile, without a daemon and without privileges.
 *
 * The new layers are complete when the promise resolves; they are files of the work directory until the result is
 * disposed of. Layers of the base are read only if an instruction has to know what is in them: COPY and ADD without
 * `--link`, WORKDIR, and names of users. Pushing the image to the registry of the base mounts them there.
 *
 * The result is what BuildKit makes of the same Dockerfile: config, history, and the files of each layer. RUN and ADD of
 * Git repositories are not supported.
 *
 * ```ts
 * await using image = await build.image({ context: '.', args: { VERSION: '1.2' } });
 * await image.push('registry.example.com/team/app:1.2');
 * ```
 *
 * @throws DockerfileError for a mistake in the Dockerfile
 * @throws BuildError for an instruction that fails, such as COPY of a file that does not exist
 * @throws UnsupportedError for an instruction that this builder does not have, before anything is fetched or written
 * @throws NotFoundError if the Dockerfile or a base image does not exist
 * @throws SourceChangedError if a file of the context is written to while it is read
 */
export async function image(options: ImageOptions = {}): Promise<Built<Image>> {
  const { platform, ...others } = options;
  const chosen = platform === undefined ? undefined : targetPlatform(platform);
  return inWorkDirectory(others, async (build) => build.run(chosen));
}

/**
 * Builds one image for each platform, and an index of them. Everything else is as for {@link image}.
 *
 * @throws TypeError if no platform is given
 */
export async function imageIndex(options: IndexOptions): Promise<Built<ImageIndex>> {
  const { platforms, ...others } = options;
  const chosen = platforms.map((platform) => targetPlatform(platform));
  if (chosen.length === 0) throw new TypeError('`platforms` must name at least one platform');
  return inWorkDirectory(others, async (build) => {
    const children = [];
    for (const platform of chosen) children.push(await build.run(platform));
    return platformIndex(children);
  });
}

/** Runs a build in a work directory, which is removed if the build fails, or else when the result is disposed of. */
async function inWorkDirectory<T extends Image | ImageIndex>(
  options: BuildOptions,
  run: (build: Build) => Promise<T>,
): Promise<Built<T>> {
  let work: Promise<WorkDirectory> | undefined;
  const create = async (): Promise<WorkDirectory> => (work ??= WorkDirectory.create(options.workDirectory));
  const remove = async (): Promise<void> => (await work)?.remove();
  try {
    const scope = { ...buildTime(options), work: create };
    assertCompression(options);
    assertKeychain(options);
    const result = await run(new Build(await openContext(options, scope), options, scope));
    return builtFrom(result, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Fails before anything is read if this version of Node cannot write the compression. */
function assertCompression({ compression = 'gzip', compressionLevel: level = 1 }: BuildOptions): void {
  if (compression !== 'none')
    discard(compressed(ignoreLateErrors(Readable.from([])), { compression, level }));
}

/**
 * The Dockerfile chooses the registries. It may come from someone who must not get the credentials of one registry by naming
 * another one.
 */
function assertKeychain({ auth }: BuildOptions): void {
  if (auth === undefined || isKeychain(readAuth(auth))) return;
  throw new TypeError(
    '`auth` of a build must be a keychain or credentials by host, such as { "registry.example": { username, password } }, ' +
      'because the Dockerfile names the registries',
  );
}

/** One call of the builder, for one or several platforms. */
class Build {
  readonly #context: BuildContext;
  readonly #options: BuildOptions;
  readonly #scope: ContextScope & BuildTime;
  readonly #contexts: NamedContexts;
  #trees: BaseTrees | undefined;

  constructor(context: BuildContext, options: BuildOptions, scope: ContextScope & BuildTime) {
    this.#context = context;
    this.#options = options;
    this.#scope = scope;
    this.#contexts = new NamedContexts(options, scope);
  }

  /** Builds the image for a platform. Without one, it is the default platform, and the image keeps that of its base. */
  async run(chosen: Platform | undefined): Promise<Image> {
    const { text, file, files } = this.#context;
    const options = this.#options;
    const { signal, args = {}, onProgress } = options;
    const { now, created, epoch } = this.#scope;
    const dockerfile = parse(text, { file });
    this.#refuseWarnings(dockerfile);
    const { escape } = dockerfile.directives;
    const platform = chosen ?? localPlatform();
    const input = { dockerfile, file, contexts: this.#contexts, options, platform };
    const { plan, scope } = await planTarget(input, { signal });
    const work = await this.#scope.work();
    const trees = (this.#trees ??= new BaseTrees(work));
    const runner = new StageRunner(
      {
        ...{ work, trees, now, created, args, escape, file, onProgress },
        budget: new StepBudget(file),
        ...{ globals: scope.globals, context: files, crane: craneOptions(options) },
      },
      { signal },
    );
    const result = await runner.runTarget(plan);
    const build = { ...options, sourceDateEpoch: epoch };
    return assembleStage(result, { ...{ work, trees, build, created, signal }, platform: chosen });
  }

  /** As in BuildKit, warnings end the build only if the file has `# check=error=true`. */
  #refuseWarnings(dockerfile: Dockerfile): void {
    if (dockerfile.directives.check === undefined) return;
    const { file } = this.#context;
    const { args, target } = this.#options;
    const { warnings, asErrors } = check(dockerfile, { args, target, file });
    const [first] = warnings;
    if (!asErrors || first === undefined) return;
    const { rule, message, line, column } = first;
    throw new DockerfileError(`${message} (${rule})`, {
      ...{ problem: 'check', line, column, file },
      hint: `the Dockerfile has ${warnings.length} warnings, and check=error=true makes them errors; see ${first.url}`,
    });
  }
}
