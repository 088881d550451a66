import type { BuildStep } from '../options/build-options.js';
import type { Environment } from '../../dockerfile/evaluate/environment.js';
import { evaluateArg, expandInstruction } from '../../dockerfile/evaluation.js';
import type { Instruction, WorkdirInstruction } from '../../dockerfile/instructions/types.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import type { SourceDirectory } from '../../tree/nodes/node.js';
import type { History } from '../../v1/config-file.js';
import { workingDirectory } from '../../image/config-values.js';
import { applyToConfig, type StageConfig } from './config-steps.js';
import { type CopyScope, type FilesStep, makeWorkingDirectory, runFilesStep } from './copy-step.js';
import type { StepBudget } from './step-budget.js';
import type { NewLayer, StageResult } from './stage-result.js';
import { argText, filesText, historyStep } from './step-text.js';

/** What the steps of all stages share. */
export interface StepScope extends Pick<CopyScope, 'work' | 'crane' | 'now' | 'signal'> {
  readonly globals: Environment;
  readonly args: Readonly<Record<string, string>>;
  readonly escape: string;
  /** The name of the Dockerfile in messages. */
  readonly file: string;
  /** The time of steps in the history. */
  readonly created: string;
  readonly budget: StepBudget;
}

/** A stage whose steps are being carried out, one after the other. */
export class RunningStage {
  readonly #scope: StepScope;
  readonly #start: StageResult;
  readonly #environment: Environment;
  readonly #layers: NewLayer[];
  readonly #history: History[];
  #stage: StageConfig;

  constructor(start: StageResult, scope: StepScope) {
    this.#scope = scope;
    this.#start = start;
    this.#environment = start.environment;
    this.#layers = [...start.layers];
    this.#history = [...start.history];
    this.#stage = start.stage;
  }

  get result(): StageResult {
    const { base, files, platform } = this.#start;
    return {
      ...{ base, files, platform, stage: this.#stage },
      ...{ environment: this.#environment, layers: this.#layers, history: this.#history },
    };
  }

  /** Expands the variables of an instruction. */
  expand(instruction: Instruction): Instruction {
    const { escape, file } = this.#scope;
    return expandInstruction(instruction, this.#environment.get, { escape, file });
  }

  /** Carries out an instruction. `source` is where COPY and ADD read. */
  async run(instruction: Instruction, source: SourceDirectory, step: BuildStep): Promise<void> {
    const { globals, args, escape, file, budget } = this.#scope;
    budget.spend(instruction, this.#stage.config);
    switch (instruction.kind) {
      case 'add':
      case 'copy':
        await this.#copy(instruction, source, step);
        return;
      case 'workdir':
        await this.#changeDirectory(instruction, step);
        return;
      case 'arg': {
        const values = evaluateArg(instruction, this.#environment, globals.get, { args, escape, file });
        this.#record(argText(values), false);
        return;
      }
      case 'env':
        for (const { name, value } of instruction.pairs) this.#environment.set(name, value);
        break;
      default:
    }
    const next = applyToConfig(instruction, this.#stage, this.#start.platform.os);
    if (next === undefined) return;
    this.#stage = next.stage;
    if (next.createdBy !== undefined) this.#record(next.createdBy, false);
  }

  async #copy(instruction: FilesStep, source: SourceDirectory, step: BuildStep): Promise<void> {
    const { signal, work, crane, now } = this.#scope;
    const { files } = this.#start;
    const scope: CopyScope = {
      ...{ signal, work, crane, now, files: source },
      stage: async () => files.root({ signal }),
      workingDirectory: this.#stage.config.WorkingDir ?? '/',
    };
    // As in BuildKit, `--chmod` turns `--link` off.
    if (instruction.link && (instruction.chmod ?? '') === '') {
      const tree = FileTree.empty();
      const lower = tree.root;
      await runFilesStep(instruction, tree, scope);
      await files.link(tree.root, { signal });
      this.#layers.push({ lower, upper: tree.root, step });
    } else {
      const run = async (tree: FileTree): Promise<void> => runFilesStep(instruction, tree, scope);
      this.#layers.push({ ...(await files.change(run, { signal })), step });
    }
    this.#record(`${filesText(instruction)} # buildkit`, true);
  }

  async #changeDirectory({ path }: WorkdirInstruction, step: BuildStep): Promise<void> {
    const { signal, now } = this.#scope;
    const { files } = this.#start;
    const { config } = this.#stage;
    const directory = workingDirectory(config, path);
    this.#stage = { ...this.#stage, config: { ...config, WorkingDir: directory } };
    if (directory !== '/') {
      const stage = async (): Promise<SourceDirectory> => files.root({ signal });
      const change = await files.change(
        async (tree) => makeWorkingDirectory(tree, directory, config.User ?? '', { stage, now, signal }),
        { signal },
      );
      this.#layers.push({ ...change, step });
    }
    this.#record(`WORKDIR ${directory}`, directory !== '/');
  }

  #record(createdBy: string, hasLayer: boolean): void {
    this.#history.push(historyStep(createdBy, this.#scope.created, hasLayer));
  }
}
