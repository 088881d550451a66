import { BuildError } from '../../errors/build.js';
import { BadPatternError } from '../../errors/invalid/pattern.js';
import { type AbortOptions, firstSignal } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { SourceDirectory } from '../../tree/nodes/node.js';
import { FileProblem } from '../../tree/nodes/problem.js';
import { platformToString } from '../../v1/platform.js';
import type { BuildOptions, BuildStep } from '../options/build-options.js';
import type { Origin, PlannedStep, StagePlan } from '../plan/stage-plan.js';
import type { BaseTrees } from './base-trees.js';
import { RunningStage, type StepScope } from './running-stage.js';
import type { StageResult } from './stage-result.js';
import { derivedStart, directoryStart, emptyStart, imageStart } from './stage-start.js';

/** What stages are run with. */
export interface RunScope extends StepScope {
  /** The files of the context. */
  readonly context: SourceDirectory;
  readonly trees: BaseTrees;
  readonly onProgress: BuildOptions['onProgress'];
}

/** Runs stages: each once, and those that do not need each other at the same time. */
export class StageRunner {
  readonly #scope: RunScope;
  readonly #results = new Map<StagePlan, Promise<StageResult>>();
  readonly #failed = new AbortController();

  constructor(scope: Omit<RunScope, 'signal'>, { signal }: AbortOptions) {
    const ended = this.#failed.signal;
    this.#scope = { ...scope, signal: firstSignal(signal, ended) };
  }

  /** Runs a stage and those that it needs. If one fails, the promise rejects when all have stopped. */
  async runTarget(plan: StagePlan): Promise<StageResult> {
    try {
      return await this.#run(plan);
    } catch (error) {
      this.#failed.abort(error);
      await Promise.allSettled(this.#results.values());
      throw error;
    }
  }

  async #run(plan: StagePlan): Promise<StageResult> {
    const known = this.#results.get(plan);
    if (known !== undefined) return known;
    const result = this.#runStage(plan);
    // A failure is thrown where the stage is needed; until then it must not count as unhandled.
    result.catch(() => undefined);
    this.#results.set(plan, result);
    return result;
  }

  async #runStage(plan: StagePlan): Promise<StageResult> {
    // A long chain of stages must not become a deep stack of calls.
    await eventLoopDue();
    this.#scope.signal?.throwIfAborted();
    for (const { from } of plan.steps) {
      // The stages that this one copies from run beside it.
      if (from?.kind === 'stage') this.#run(from.plan).catch(() => undefined);
    }
    const stage = new RunningStage(await this.#start(plan), this.#scope);
    for (const [at, planned] of plan.steps.entries()) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      await this.#runStep(stage, plan, planned, at + 1);
    }
    return stage.result;
  }

  async #start(plan: StagePlan): Promise<StageResult> {
    const { base, platform } = plan;
    switch (base.kind) {
      case 'scratch':
        return emptyStart(platform);
      case 'image':
        return imageStart(base, platform, this.#scope.trees);
      case 'directory':
        return directoryStart(base, plan, this.#scope);
      case 'stage':
        return derivedStart(await this.#run(base.plan));
    }
  }

  async #runStep(stage: RunningStage, plan: StagePlan, planned: PlannedStep, step: number): Promise<void> {
    const { file, signal, onProgress } = this.#scope;
    signal?.throwIfAborted();
    const instruction = stage.expand(planned.instruction);
    const name: BuildStep = {
      stage: plan.name,
      platform: platformToString(plan.platform),
      ...{ step, steps: plan.steps.length },
      text: instruction.source,
      line: instruction.range.line,
    };
    onProgress?.({ kind: 'step', state: 'started', ...name });
    const started = performance.now();
    try {
      await stage.run(instruction, await this.#sourceOf(planned.from), name);
    } catch (error) {
      throw located(error, planned, file);
    }
    onProgress?.({ kind: 'step', state: 'done', ...name, durationMs: performance.now() - started });
  }

  /** The files that COPY reads. Without `--from`, they are those of the context. */
  async #sourceOf(origin: Origin | undefined): Promise<SourceDirectory> {
    const { context, trees, signal } = this.#scope;
    if (origin === undefined) return context;
    switch (origin.kind) {
      case 'scratch':
        return emptyStart({ os: 'linux', architecture: '' }).files.root({ signal });
      case 'image':
        return trees.read(origin.image, { signal });
      case 'directory':
        return origin.files;
      case 'stage':
        return (await this.#run(origin.plan)).files.root({ signal });
    }
  }
}

/** The error of a step, with its position in the Dockerfile. */
function located(error: unknown, { instruction, from }: PlannedStep, file: string): unknown {
  if (!(error instanceof FileProblem) && !(error instanceof BadPatternError)) return error;
  const { range, source, kind } = instruction;
  const hint =
    error instanceof FileProblem && error.kind === 'not-found' && from === undefined
      ? MISSING_HINT
      : error.hint;
  return new BuildError(`${kind.toUpperCase()}: ${error.message}`, {
    ...{ line: range.line, instruction: source, file, hint, cause: error },
  });
}

const MISSING_HINT = 'paths are relative to the context, and the rules of `.dockerignore` leave files out';
