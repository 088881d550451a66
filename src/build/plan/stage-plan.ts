import type { Environment } from '../../dockerfile/evaluate/environment.js';
import type { Instruction } from '../../dockerfile/instructions/types.js';
import type { SourceDirectory } from '../../tree/nodes/node.js';
import type { ConfigFile } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';

/** What a stage, or the files of COPY, come from. */
export type Origin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly plan: StagePlan }
  | { readonly kind: 'image'; readonly image: Image; readonly config: ConfigFile }
  | { readonly kind: 'directory'; readonly name: string; readonly files: SourceDirectory };

/** An instruction with the stage, image or directory that `COPY --from` names. */
export interface PlannedStep {
  readonly instruction: Instruction;
  readonly from?: Origin | undefined;
}

/** A stage of which everything is known but the content of layers. */
export interface StagePlan {
  /** The name of the stage, or its number if it has none. */
  readonly name: string;
  readonly base: Origin;
  /** The steps, with the ONBUILD triggers of the base first. */
  readonly steps: readonly PlannedStep[];
  readonly platform: Platform;
}

/** What all stages of a build for one platform share. */
export interface BuildScope {
  /** The platform to build for. */
  readonly platform: Platform;
  readonly globals: Environment;
}
