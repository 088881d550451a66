import type { Stage } from '../instructions/dockerfile.js';
import type { Instruction } from '../instructions/types.js';
import { attempt, type CheckContext } from './context.js';
import { type Base, buildPlatform, checkFrom } from './from.js';
import { checkInstruction } from './instruction.js';
import { reachableStages } from './reachable.js';
import { Scope } from './scope.js';
import type { StageState, Visit } from './visit.js';

/** A stage with the stages that are built on it. */
interface Node {
  readonly stage: Stage;
  readonly base: Base;
  readonly children: Node[];
  /** The instructions that ONBUILD of this stage adds to the children. */
  triggers?: readonly Instruction[];
}

/** Checks the stages: FROM of all of them, and the instructions of those that the target needs. */
export function checkStages(context: CheckContext): void {
  const roots: Node[] = [];
  const parents = new Map<Stage, Stage>();
  const named = new Map<string, Node>();
  for (const stage of context.file.stages) {
    const base = checkFrom(stage, context);
    const node: Node = { stage, base, children: [] };
    const parent = base.name === undefined ? undefined : named.get(base.name);
    (parent?.children ?? roots).push(node);
    if (parent !== undefined) parents.set(stage, parent.stage);
    if (stage.from.name !== undefined) named.set(stage.from.name, node);
  }
  const { target } = context;
  const reachable = target === undefined ? undefined : reachableStages(target, context.file, parents);
  const scope = new Scope();
  const isNeeded = (stage: Stage): boolean => reachable?.has(stage) ?? true;
  for (const root of roots) if (isNeeded(root.stage)) walk(root, isNeeded, scope, context);
}

/**
 * Checks the instructions of a stage, and then those of the stages that are built on it. There is no recursion, because a
 * file can have many stages, each of which is built on the one before.
 */
function walk(root: Node, isNeeded: (stage: Stage) => boolean, scope: Scope, context: CheckContext): void {
  // A number is the position in the scope to which it returns after a stage and its children.
  const pending: (number | { readonly node: Node; readonly parent?: Node; readonly below: StageState })[] =
    [];
  pending.push(scope.position, { node: root, below: rootState(root, scope, context) });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'number') {
      scope.undo(next);
      continue;
    }
    const { node, parent, below } = next;
    if (!isNeeded(node.stage)) continue;
    const state: StageState = { ...below, last: new Map() };
    pending.push(scope.position);
    const { from, instructions } = node.stage;
    const visit = { scope, state, context, settings: context.settings, range: from.range };
    if (parent !== undefined) runTriggers(parent, visit);
    for (const instruction of instructions) {
      const settings = context.settings.within(instruction.comments);
      checkInstruction(instruction, { ...visit, settings, range: instruction.range });
    }
    for (const child of node.children) pending.push({ node: child, parent: node, below: state });
  }
}

/** The state before the first instruction of a stage that is not built on another stage of the file. */
function rootState({ stage, base }: Node, scope: Scope, { environment, globals }: CheckContext): StageState {
  const { name } = base;
  const isScratch = name === 'scratch';
  const variables = isScratch ? {} : name === undefined ? undefined : environment(stage, name);
  // As in BuildKit, the platform of FROM has no effect on scratch.
  const { os } = (isScratch ? undefined : base.platform) ?? buildPlatform(globals);
  for (const [variable, value] of Object.entries(variables ?? {})) scope.set(variable, value);
  // BuildKit sets it, except on Windows.
  if (variables !== undefined && os !== 'windows' && !scope.has('PATH')) scope.set('PATH', DEFAULT_PATH);
  return { os, isKnown: variables !== undefined, hasWorkdir: false, hasShell: false, last: new Map() };
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Checks the instructions that ONBUILD of the base adds to a stage. Their warnings are at the FROM of the stage. */
function runTriggers(base: Node, visit: Visit): void {
  const { context, scope, range } = visit;
  base.triggers ??= base.stage.instructions.flatMap((instruction) =>
    instruction.kind === 'onbuild'
      ? (attempt(context.report, instruction.range, () => context.parseTrigger(instruction.trigger)) ?? [])
      : [],
  );
  for (const trigger of base.triggers) {
    // Each of many stages runs each of many triggers, so they have steps.
    const spent = attempt(context.report, range, () => {
      scope.spend(TRIGGER_STEPS + trigger.source.length);
      return true;
    });
    if (spent === undefined) return;
    checkInstruction({ ...trigger, range }, visit);
  }
}

/** The steps of a trigger, apart from the length of its text. */
const TRIGGER_STEPS = 100;
