import { DockerfileError } from '../../errors/invalid/dockerfile.js';
import type { Instruction } from '../../dockerfile/instructions/types.js';
import type { Config } from '../../v1/config-file.js';

/** Cap on the entries and characters that all steps of a build together copy. Dockerfiles in use need a few thousand. */
const MAX_WORK = 16 * 1024 * 1024;

/**
 * Bounds the time and memory for the steps of a build. Each step copies the variables and labels, and its text with variables
 * expanded becomes part of the history: without a bound, a small Dockerfile could make an image of gigabytes.
 */
export class StepBudget {
  readonly #file: string;
  #work = 0;

  /** `file` is the name of the Dockerfile in messages. */
  constructor(file: string) {
    this.#file = file;
  }

  /** @throws DockerfileError once the steps are too much work */
  spend(instruction: Instruction, config: Config): void {
    const { source, range } = instruction;
    this.#work += 1 + source.length + textLength(instruction) + copiedBy(instruction, config);
    if (this.#work <= MAX_WORK) return;
    throw new DockerfileError('the Dockerfile has too many instructions, or their values are too long', {
      ...{ problem: 'size', line: range.line, column: range.column, file: this.#file },
    });
  }
}

/** A member of an object takes about as long as this many characters. */
const MEMBER = 16;

/** What an instruction copies of the config to change it. */
function copiedBy({ kind }: Instruction, { Env, Labels, ExposedPorts, Volumes, OnBuild }: Config): number {
  const members = { label: Labels, expose: ExposedPorts, volume: Volumes };
  switch (kind) {
    case 'env':
      return Env?.length ?? 0;
    case 'onbuild':
      return OnBuild?.length ?? 0;
    case 'label':
    case 'expose':
    case 'volume':
      return MEMBER * Object.keys(members[kind] ?? {}).length;
    default:
      return 0;
  }
}

/** The length of what an instruction with expanded variables adds to the config and the history. */
function textLength(instruction: Instruction): number {
  switch (instruction.kind) {
    case 'env':
    case 'label':
      return instruction.pairs.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
    case 'expose':
      return lengthOf(instruction.ports);
    case 'volume':
      return lengthOf(instruction.volumes);
    case 'add':
    case 'copy':
      return lengthOf(instruction.sources) + lengthOf(instruction.inline.map(({ content }) => content));
    case 'workdir':
      return instruction.path.length;
    case 'user':
      return instruction.user.length;
    default:
      return 0;
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
