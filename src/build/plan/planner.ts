import { find } from '../../crane/locations/find.js';
import { type ImageLocation, locationText } from '../../crane/names/location.js';
import type { CraneOptions } from '../../crane/names/options.js';
import { expandFrom, findStage, globalEnvironment, targetStage } from '../../dockerfile/evaluation.js';
import type { CopyInstruction, Instruction } from '../../dockerfile/instructions/types.js';
import type { Dockerfile, Stage } from '../../dockerfile/instructions/dockerfile.js';
import { parseTrigger } from '../../dockerfile/parse.js';
import { DockerfileError } from '../../errors/invalid/dockerfile.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { targetPlatform } from '../../image/platforms.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Image } from '../../v1/image.js';
import { type Platform, platformToString } from '../../v1/platform.js';
import type { NamedContexts } from '../contexts/named-contexts.js';
import type { BuildOptions } from '../options/build-options.js';
import { predefinedVariables } from './predefined-variables.js';
import type { BuildScope, Origin, PlannedStep, StagePlan } from './stage-plan.js';

/** What a plan is made of. */
export interface PlanInput {
  readonly dockerfile: Dockerfile;
  /** The name of the Dockerfile in messages. */
  readonly file: string;
  readonly contexts: NamedContexts;
  readonly options: BuildOptions;
  readonly platform: Platform;
}

/**
 * Plans the target stage and all stages that it needs. This fetches the configs of base images, because their ONBUILD
 * triggers are steps, but no layer.
 *
 * @throws UnsupportedError for an instruction that this builder cannot carry out
 * @throws DockerfileError for a stage that does not exist
 */
export async function planTarget(
  input: PlanInput,
  options: AbortOptions,
): Promise<{ readonly plan: StagePlan; readonly scope: BuildScope }> {
  const { dockerfile, file } = input;
  const { target, args } = input.options;
  if (dockerfile.stages.length > MAX_STAGES)
    throw tooLarge(dockerfile.stages[MAX_STAGES]?.from, `more than ${MAX_STAGES} stages`, file);
  const stage = targetStage(dockerfile, target, { file });
  const predefined = predefinedVariables(input.platform, target ?? stage.from.name);
  const globals = globalEnvironment(dockerfile, { predefined, args, file });
  const scope = { platform: input.platform, globals };
  const planner = new Planner(input, scope, options);
  planner.refuseUnsupported(stage);
  return { plan: await planner.plan(stage), scope };
}

/** Caps that keep the time of a plan in proportion to the Dockerfile. */
const MAX_STAGES = 1000;
const MAX_STEPS = 100_000;

/** What a stage begins with. */
interface StageBase {
  readonly base: Origin;
  readonly platform: Platform;
  /** Whether a named context has the name of the stage. */
  readonly isReplaced: boolean;
}

class Planner {
  readonly #input: PlanInput;
  readonly #scope: BuildScope;
  readonly #options: AbortOptions;
  readonly #plans = new Map<number, Promise<StagePlan>>();
  /** The images by platform and name, so that each is looked up once. */
  readonly #images = new Map<string, Promise<Origin>>();
  /** The steps of the stages that are planned, with those of triggers. */
  #steps = 0;

  constructor(input: PlanInput, scope: BuildScope, options: AbortOptions) {
    this.#input = input;
    this.#scope = scope;
    this.#options = options;
  }

  /** Checks the instructions of a stage and of those that it needs, so that nothing is fetched for a build that fails. */
  refuseUnsupported(target: Stage): void {
    const { contexts, file } = this.#input;
    const checked = new Set([target]);
    // The set grows while it is read.
    for (const stage of checked) {
      if (stage.from.name !== undefined && contexts.has(stage.from.name)) continue;
      for (const instruction of stage.instructions) refuseUnsupported(instruction, file);
      for (const needed of this.#neededBy(stage)) checked.add(needed);
    }
  }

  /** The stages that a stage is built on or copies from. */
  #neededBy(stage: Stage): readonly Stage[] {
    const { dockerfile, file } = this.#input;
    const { base } = expandFrom(stage.from, this.#scope.globals.get, { ...dockerfile.directives, file });
    const earlier = { stages: dockerfile.stages.slice(0, stage.index) };
    const sources = stage.instructions.flatMap((step) => (step.kind === 'copy' ? (step.from ?? []) : []));
    const needed = [
      earlierStage(dockerfile, stage, base),
      ...Array.from(new Set(sources), (name) => findStage(earlier, name)),
    ];
    return needed.filter((other) => other !== undefined);
  }

  /** The plan of a stage. A stage that several others need is planned once. */
  async plan(stage: Stage): Promise<StagePlan> {
    const known = this.#plans.get(stage.index) ?? this.#planStage(stage);
    this.#plans.set(stage.index, known);
    return known;
  }

  async #planStage(stage: Stage): Promise<StagePlan> {
    const { file } = this.#input;
    for (const instruction of stage.instructions) refuseUnsupported(instruction, file);
    const { base, platform, isReplaced } = await this.#baseOf(stage);
    const name = stage.from.writtenName ?? String(stage.index);
    // A named context is the result of the stage that it replaces.
    if (isReplaced) return { name, base, steps: [], platform };
    const triggers = triggersOf(base).map((text) => this.#trigger(text, stage));
    for (const instruction of triggers) refuseUnsupported(instruction, file);
    const instructions = [...triggers, ...stage.instructions];
    this.#steps += instructions.length;
    if (this.#steps > MAX_STEPS) throw tooLarge(stage.from, `more than ${MAX_STEPS} steps`, file);
    const steps = await Promise.all(
      instructions.map(async (instruction): Promise<PlannedStep> => {
        const name = instruction.kind === 'copy' ? instruction.from : undefined;
        if (instruction.kind !== 'copy' || name === undefined) return { instruction };
        return { instruction, from: await this.#sourceOf(instruction, name, stage) };
      }),
    );
    return { name, base, steps, platform };
  }

  async #baseOf(stage: Stage): Promise<StageBase> {
    const { dockerfile, file } = this.#input;
    const { from } = stage;
    const { escape } = dockerfile.directives;
    const { base: name, platform: written } = expandFrom(from, this.#scope.globals.get, { escape, file });
    const platform = written === undefined ? this.#scope.platform : targetPlatform(written);
    const replaced = from.name === undefined ? undefined : await this.#context(from.name, platform);
    if (replaced !== undefined) return { base: replaced, platform, isReplaced: true };
    const earlier = earlierStage(dockerfile, stage, name);
    if (earlier !== undefined) {
      const plan = await this.plan(earlier);
      return { base: { kind: 'stage', plan }, platform: plan.platform, isReplaced: false };
    }
    const base: Origin =
      name === 'scratch'
        ? { kind: 'scratch' }
        : ((await this.#context(name, platform)) ?? (await this.#image(name, platform)));
    return { base, platform, isReplaced: false };
  }

  async #sourceOf(instruction: CopyInstruction, name: string, stage: Stage): Promise<Origin> {
    const { dockerfile, file } = this.#input;
    const { platform } = this.#scope;
    const { line, column } = instruction.range;
    const refuse = (message: string, hint: string): never => {
      throw new DockerfileError(message, { problem: 'stage', line, column, file, hint });
    };
    if (name.includes('$'))
      return refuse('--from cannot have variables', 'give a stage the name: FROM $IMAGE AS name');
    const found = findStage({ stages: dockerfile.stages.slice(0, stage.index) }, name);
    if (found !== undefined) return { kind: 'stage', plan: await this.plan(found) };
    if (findStage(dockerfile, name) !== undefined)
      return refuse(`--from=${name} is not an earlier stage`, 'move the stage above this one');
    if (/^\d+$/.test(name))
      return refuse(`there is no stage ${name}`, `the stages are 0 to ${dockerfile.stages.length - 1}`);
    return (await this.#context(name, platform)) ?? (await this.#image(name, platform));
  }

  /** The named context that replaces a stage or an image; undefined if there is none. */
  async #context(name: string, platform: Platform): Promise<Origin | undefined> {
    if (name === 'scratch' || name === 'context') return undefined;
    const context = await this.#input.contexts.find(name, this.#options);
    if (context?.kind === 'location') return this.#image(context.location, platform);
    if (context?.kind === 'image') return originOf(context.image, this.#options);
    return context && { ...context, name };
  }

  async #image(location: ImageLocation, platform: Platform): Promise<Origin> {
    const key = `${platformToString(platform)} ${locationText(location)}`;
    const image = this.#images.get(key) ?? this.#findImage(location, platform);
    this.#images.set(key, image);
    return image;
  }

  async #findImage(location: ImageLocation, platform: Platform): Promise<Origin> {
    const found = await find(location, { ...craneOptions(this.#input.options), ...this.#options, platform });
    return originOf(await found.image(this.#options), this.#options);
  }

  #trigger(text: string, stage: Stage): Instruction {
    const { range } = stage.from;
    const instruction = parseTrigger(text, { file: `${this.#input.file}:${range.line}: ONBUILD` });
    return { ...instruction, range };
  }
}

function tooLarge(at: Stage['from'] | undefined, reason: string, file: string): DockerfileError {
  const { line = 1, column = 1 } = at?.range ?? {};
  return new DockerfileError(`the build has ${reason}`, { problem: 'size', line, column, file });
}

/** The stage that FROM names. Unlike `COPY --from`, it cannot name a stage by its number. */
function earlierStage({ stages }: Dockerfile, { index }: Stage, name: string): Stage | undefined {
  return stages.slice(0, index).findLast(({ from }) => from.name === name.toLowerCase());
}

async function originOf(image: Image, options: AbortOptions): Promise<Origin> {
  return { kind: 'image', image, config: await image.configFile(options) };
}

/** The triggers that a base has for the stages that are built on it. */
function triggersOf(base: Origin): readonly string[] {
  if (base.kind === 'image') return base.config.config.OnBuild ?? [];
  if (base.kind !== 'stage') return [];
  return base.plan.steps.flatMap(({ instruction }) =>
    instruction.kind === 'onbuild' ? [instruction.trigger] : [],
  );
}

function refuseUnsupported(instruction: Instruction, file: string): void {
  const { line } = instruction.range;
  if (instruction.kind === 'run') {
    throw new UnsupportedError(`${file}:${line}: RUN is not supported yet`, {
      hint: 'build the stages that need RUN with another builder, and pass the result with `contexts`',
    });
  }
  if (instruction.kind !== 'add') return;
  const git = instruction.sources.find(isGitSource);
  if (git !== undefined || instruction.keepGitDir === true) {
    throw new UnsupportedError(`${file}:${line}: ADD of a Git repository is not supported`, {
      hint: 'clone the repository first, and pass its directory with `contexts`',
    });
  }
}

/** Whether ADD would clone the source: `git@host:path`, `git://...`, `ssh://...`, or a URL whose path ends with `.git`. */
function isGitSource(source: string): boolean {
  return (
    /^(?:git:\/\/|ssh:\/\/|[\w.-]+@[\w.-]+:)/.test(source) || /^https?:\/\/[^#?]*\.git(?:[#?]|$)/.test(source)
  );
}

/** The options for reading images. The events of a build are of another kind than those of transfers. */
export function craneOptions({ onProgress: _events, ...options }: BuildOptions): CraneOptions {
  return options;
}
