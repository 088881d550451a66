import type { Command, HealthcheckInstruction, Instruction } from '../../dockerfile/instructions/types.js';
import type { Config, HealthConfig } from '../../v1/config-file.js';
import { FileProblem } from '../../tree/nodes/problem.js';
import { entrypointChange, withKeys, withVariables } from '../../image/config-values.js';
import { isSignal } from '../../image/signals.js';
import { goDuration, goList, goQuoted, goQuotedCharacter, goQuotedList } from './go-format.js';

/** The parts of an image's config that instructions change. */
export interface StageConfig {
  readonly config: Config;
  readonly author: string | undefined;
  /** Whether the stage has a CMD: then ENTRYPOINT keeps it. */
  readonly hasCmd: boolean;
}

/** The new config, and the text for the history; without a text, the instruction has no step in the history. */
export interface ConfigStep {
  readonly stage: StageConfig;
  readonly createdBy: string | undefined;
}

/**
 * Applies an instruction that changes only the config. Its variables must be expanded.
 *
 * @returns undefined for an instruction that makes a layer, and for ARG
 * @see https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/dockerfile2llb/convert.go
 */
export function applyToConfig(
  instruction: Instruction,
  stage: StageConfig,
  os: string,
): ConfigStep | undefined {
  const { config } = stage;
  const changed = (change: Partial<Config>, createdBy: string): ConfigStep => ({
    stage: { ...stage, config: { ...config, ...change } },
    createdBy,
  });
  switch (instruction.kind) {
    case 'cmd': {
      const words = wordsOf(instruction.command, config, os);
      const step = changed({ Cmd: words, ArgsEscaped: true }, `CMD ${goQuotedList(words)}`);
      return { ...step, stage: { ...step.stage, hasCmd: true } };
    }
    case 'entrypoint': {
      const words = wordsOf(instruction.command, config, os);
      const text = `ENTRYPOINT ${goQuotedList(words)}`;
      return changed(entrypointChange(words, stage.hasCmd), text);
    }
    case 'env': {
      const { pairs } = instruction;
      return changed(
        { Env: withVariables(config.Env ?? [], pairs) },
        `ENV ${pairs.map(({ name, value }) => `${name}=${value}`).join(' ')}`,
      );
    }
    case 'expose': {
      const { ports } = instruction;
      return changed({ ExposedPorts: withKeys(config.ExposedPorts, ports) }, `EXPOSE ${goList(ports)}`);
    }
    case 'healthcheck':
      return changed({ Healthcheck: healthOf(instruction) }, healthText(instruction));
    case 'label': {
      const { pairs } = instruction;
      const added = Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
      const text = `LABEL ${pairs.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
      return changed({ Labels: { ...config.Labels, ...added } }, text);
    }
    case 'maintainer': {
      const { maintainer } = instruction;
      return { stage: { ...stage, author: maintainer }, createdBy: `MAINTAINER ${maintainer}` };
    }
    case 'onbuild':
      return {
        stage: {
          ...stage,
          config: { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] },
        },
        createdBy: undefined,
      };
    case 'shell':
      return changed({ Shell: instruction.shell }, `SHELL ${goList(instruction.shell)}`);
    case 'stopsignal':
      if (!isSignal(instruction.signal)) {
        const reason = `${JSON.stringify(instruction.signal)} is not a signal`;
        throw new FileProblem('pattern', reason, 'write a name such as SIGTERM, or a number');
      }
      return changed({ StopSignal: instruction.signal }, `STOPSIGNAL ${instruction.signal}`);
    case 'user':
      return changed({ User: instruction.user }, `USER ${instruction.user}`);
    case 'volume': {
      const { volumes } = instruction;
      return changed({ Volumes: withKeys(config.Volumes, volumes) }, `VOLUME ${goList(volumes)}`);
    }
    default:
      return undefined;
  }
}

/** As in BuildKit, a value of 0 is left out: it means the default. */
function healthOf(instruction: HealthcheckInstruction): HealthConfig {
  const { test, interval, timeout, startPeriod, startInterval, retries } = instruction;
  return {
    Test: test,
    ...(interval !== 0 && { Interval: interval }),
    ...(timeout !== 0 && { Timeout: timeout }),
    ...(startPeriod !== 0 && { StartPeriod: startPeriod }),
    ...(startInterval !== 0 && { StartInterval: startInterval }),
    ...(retries !== 0 && { Retries: retries }),
  };
}

/** The text of the history: Go's `%q` of a pointer to the structure, in which the number of retries is a character. */
function healthText(instruction: HealthcheckInstruction): string {
  const { test, interval, timeout, startPeriod, startInterval, retries } = instruction;
  const durations = [interval, timeout, startPeriod, startInterval].map((value) =>
    goQuoted(goDuration(value)),
  );
  return `HEALTHCHECK &{${goQuotedList(test)} ${durations.join(' ')} ${goQuotedCharacter(retries)}}`;
}

/** A command as words. The shell form is run by the shell of the stage. */
function wordsOf(command: Command, { Shell }: Config, os: string): readonly string[] {
  if (command.form === 'exec') return command.words;
  const shell = Shell ?? [];
  const own = os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c'];
  return [...(shell.length > 0 ? shell : own), command.text];
}
