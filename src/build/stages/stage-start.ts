import { Environment } from '../../dockerfile/evaluate/environment.js';
import { copyFiles } from '../../tree/copy/copy-files.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import type { Config, ConfigFile } from '../../v1/config-file.js';
import type { Platform } from '../../v1/platform.js';
import type { Origin, StagePlan } from '../plan/stage-plan.js';
import { splitVariable, workingDirectory } from '../../image/config-values.js';
import type { BaseTrees } from './base-trees.js';
import type { StepScope } from './running-stage.js';
import { StageFiles } from './stage-files.js';
import type { BaseImage, StageResult } from './stage-result.js';
import { historyStep } from './step-text.js';

/** The PATH of images that have none, as in BuildKit. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The state of a stage that begins without a base. */
export function emptyStart(platform: Platform): StageResult {
  return startWith({ WorkingDir: '/' }, platform, {
    base: undefined,
    files: new StageFiles(async () => FileTree.empty().root),
  });
}

/** The state of a stage that begins with an image. */
export function imageStart(base: BaseImage, platform: Platform, trees: BaseTrees): StageResult {
  const files = new StageFiles(async (options) => trees.read(base.image, options));
  return startWith(base.config.config, platform, { base, files, author: base.config.author });
}

/** The state of a stage that begins with the files of a directory, which become a layer. */
export async function directoryStart(
  { files, name }: Extract<Origin, { kind: 'directory' }>,
  plan: StagePlan,
  { now, created, signal }: Pick<StepScope, 'now' | 'created' | 'signal'>,
): Promise<StageResult> {
  const start = emptyStart(plan.platform);
  const change = await start.files.change(async (tree) => copyFiles(files, '/', tree, '/', { now, signal }), {
    signal,
  });
  const text = `FROM ${name}`;
  const step = { stage: plan.name, platform: plan.platform.os, step: 0, steps: 0, text, line: 1 };
  return { ...start, layers: [{ ...change, step }], history: [historyStep(text, created, true)] };
}

/** The state of a stage that begins with another stage. */
export function derivedStart(parent: StageResult): StageResult {
  const { config } = parent.stage;
  return {
    ...parent,
    stage: { ...parent.stage, config: withoutTriggers(config), hasCmd: false },
    environment: parent.environment.copy(),
    files: parent.files.derive(),
  };
}

function startWith(
  given: Config,
  platform: Platform,
  { base, files, author }: Pick<StageResult, 'base' | 'files'> & { readonly author?: ConfigFile['author'] },
): StageResult {
  const { Env, WorkingDir, ...others } = withoutTriggers(given);
  const variables = [...(Env ?? [])];
  const hasPath = variables.some((entry) => entry.startsWith('PATH='));
  if (!hasPath && platform.os !== 'windows') variables.push(`PATH=${DEFAULT_PATH}`);
  const hasDirectory = WorkingDir !== undefined && WorkingDir !== '';
  const config: Config = {
    ...others,
    Env: variables,
    ...(hasDirectory && { WorkingDir: workingDirectory({}, WorkingDir) }),
  };
  return {
    ...{ base, files, platform },
    stage: { config, author, hasCmd: false },
    environment: new Environment(variables.map(splitVariable)),
    layers: [],
    history: [],
  };
}

/** The triggers of ONBUILD have run when a stage begins, and are not passed on. */
function withoutTriggers(config: Config): Config {
  const { OnBuild: _triggers, ...others } = config;
  return others;
}
