import type { Environment } from '../../dockerfile/evaluate/environment.js';
import type { TreeDirectory } from '../../tree/nodes/node.js';
import type { ConfigFile, History } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import type { BuildStep } from '../options/build-options.js';
import type { StageConfig } from './config-steps.js';
import type { StageFiles } from './stage-files.js';

/** The image that a stage begins with. */
export interface BaseImage {
  readonly image: Image;
  readonly config: ConfigFile;
}

/** A layer that the build makes: the difference of two trees. */
export interface NewLayer {
  readonly lower: TreeDirectory;
  readonly upper: TreeDirectory;
  /** The step that makes it. */
  readonly step: BuildStep;
}

/** A stage after its last step. */
export interface StageResult {
  /** The image below the new layers; undefined if the stage begins without one. */
  readonly base: BaseImage | undefined;
  readonly stage: StageConfig;
  readonly environment: Environment;
  readonly files: StageFiles;
  readonly layers: readonly NewLayer[];
  /** The steps of this build in the history. */
  readonly history: readonly History[];
  readonly platform: Platform;
}
