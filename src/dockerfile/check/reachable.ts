import type { Dockerfile, Stage } from '../instructions/dockerfile.js';
import type { Instruction } from '../instructions/types.js';

/** The stages that a build of the target needs: their bases, and the sources of COPY and of mounts. */
export function reachableStages(
  target: Stage,
  { stages }: Dockerfile,
  parents: ReadonlyMap<Stage, Stage>,
): ReadonlySet<Stage> {
  // The last stage with a name is the one that COPY means.
  const named = new Map(stages.map((stage) => [stage.from.name, stage]));
  const reachable = new Set<Stage>();
  const pending = [target];
  for (let stage = pending.pop(); stage !== undefined; stage = pending.pop()) {
    if (reachable.has(stage)) continue;
    reachable.add(stage);
    const parent = parents.get(stage);
    if (parent !== undefined) pending.push(parent);
    for (const source of stage.instructions.flatMap(sourcesOf)) {
      const found = /^\d{1,9}$/.test(source) ? stages[Number(source)] : named.get(source.toLowerCase());
      if (found !== undefined) pending.push(found);
    }
  }
  return reachable;
}

/** The stages, images and contexts that an instruction reads from. */
function sourcesOf(instruction: Instruction): readonly string[] {
  if (instruction.kind === 'copy') return instruction.from === undefined ? [] : [instruction.from];
  return instruction.kind === 'run' ? instruction.mounts.flatMap((mount) => sourceOf(mount) ?? []) : [];
}

/** The key `from` cannot have variables, unlike other keys. So it is read without the rest of the mount. */
function sourceOf(mount: string): string | undefined {
  const fields = mount.split(',').map((field) => field.replaceAll('"', ''));
  return fields.findLast((field) => field.toLowerCase().startsWith('from='))?.slice('from='.length);
}
