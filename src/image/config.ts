import { parsePorts } from '../dockerfile/evaluate/ports.js';
import { Problem } from '../dockerfile/parts/problem.js';
import type { Config, HealthConfig } from '../v1/config-file.js';
import { wrongArgument } from '../internal/arguments.js';
import { isPlainObject, listOf, textOf, textsOf, wordsOf } from './checks.js';
import {
  entrypointChange,
  splitVariable,
  type Variable,
  withKeys,
  withVariables,
  workingDirectory,
} from './config-values.js';
import type { BuildOptions } from './options.js';
import { isSignal } from './signals.js';

/** Changes the settings of the base. */
export type ConfigChange = (base: Config, os: string) => Config;

/**
 * Checks the settings of a build.
 *
 * @throws TypeError for a setting of the wrong shape
 */
export function configChange(options: BuildOptions): ConfigChange {
  const variables = options.env === undefined ? [] : variablesOf(options.env);
  const entrypoint = options.entrypoint === undefined ? undefined : wordsOf(options.entrypoint, 'entrypoint');
  const cmd = options.cmd === undefined ? undefined : wordsOf(options.cmd, 'cmd');
  const workdir =
    options.workdir === undefined
      ? undefined
      : textOf(options.workdir, 'workdir', 'the path of a directory, such as /app');
  const labels = options.labels === undefined ? undefined : textsOf(options.labels, 'labels');
  const ports = options.ports === undefined ? undefined : portsOf(options.ports);
  const volumes =
    options.volumes === undefined
      ? undefined
      : listOf(options.volumes, 'volumes', 'paths').map((path, at) =>
          textOf(path, `volumes[${at}]`, 'a path, such as /data'),
        );
  const fixed: Config = {
    ...(options.user !== undefined && { User: userOf(options.user) }),
    ...(options.stopSignal !== undefined && { StopSignal: signalOf(options.stopSignal) }),
    ...(options.healthcheck !== undefined && { Healthcheck: healthOf(options.healthcheck) }),
    ...(options.shell !== undefined && { Shell: wordsOf(options.shell, 'shell') }),
  };
  return (base, os) => ({
    ...base,
    ...fixed,
    ...(variables.length > 0 && { Env: withVariables(base.Env ?? [], variables, variableNames(os)) }),
    ...(entrypoint && entrypointChange(orUndefined(entrypoint), false)),
    ...(cmd && { Cmd: orUndefined(cmd) }),
    ...(workdir !== undefined && { WorkingDir: workdirIn(base, workdir, os) }),
    ...(labels && { Labels: { ...base.Labels, ...labels } }),
    ...(ports && { ExposedPorts: withKeys(base.ExposedPorts, ports) }),
    ...(volumes && { Volumes: withKeys(base.Volumes, volumes) }),
  });
}

/** On Windows, names of variables are case-insensitive: `Path` is `PATH`. */
function variableNames(os: string): ((name: string) => string) | undefined {
  return os === 'windows' ? (name) => name.toUpperCase() : undefined;
}

/** A path of Windows, such as `C:\app`, is kept as it is written. */
function workdirIn(base: Config, workdir: string, os: string): string {
  return os === 'windows' && /^(?:[A-Za-z]:|\\)/.test(workdir) ? workdir : workingDirectory(base, workdir);
}

function orUndefined(words: readonly string[]): readonly string[] | undefined {
  return words.length === 0 ? undefined : words;
}

function variablesOf(env: unknown): readonly Variable[] {
  if (Array.isArray(env)) {
    return env.map((entry: unknown, at) => {
      const text = textOf(entry, `env[${at}]`, 'a text in the form NAME=value');
      if (text.indexOf('=') < 1) throw wrongArgument(`env[${at}]`, entry, 'a text in the form NAME=value');
      const [name, value] = splitVariable(text);
      return { name, value };
    });
  }
  if (!isPlainObject(env)) throw wrongArgument('env', env, 'an object of texts, or a list of NAME=value');
  return Object.entries(textsOf(env, 'env')).map(([name, value]) => {
    if (name.includes('=') || name.includes('\0') || value.includes('\0'))
      throw new TypeError(`\`env\`: ${JSON.stringify(name)} is not a variable that a system can have`);
    return { name, value };
  });
}

function portsOf(value: unknown): readonly string[] {
  return listOf(value, 'ports', "ports, such as 80 or '53/udp'").flatMap((port, at) => {
    const wanted = "a port from 1 to 65535, such as 80, '53/udp' or '8000-8010'";
    const isPort =
      typeof port === 'number' || (typeof port === 'string' && /^\d/.test(port) && !port.includes(':'));
    try {
      const ports = isPort ? parsePorts(String(port)) : [];
      if (ports.length > 0 && !ports.some((one) => one.startsWith('0/'))) return ports;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
    throw wrongArgument(`ports[${at}]`, port, wanted);
  });
}

function userOf(user: unknown): string {
  if (typeof user === 'number' && Number.isSafeInteger(user) && user >= 0) return String(user);
  return textOf(user, 'user', "a name or a number, such as 'node', 1000 or '1000:1000'");
}

function signalOf(signal: unknown): string {
  const text = typeof signal === 'number' ? String(signal) : signal;
  if (typeof text === 'string' && isSignal(text)) return text;
  throw wrongArgument('stopSignal', signal, 'the name or the number of a signal, such as SIGTERM');
}

const NANOSECONDS = 1_000_000;

function healthOf(check: unknown): HealthConfig {
  if (check === false) return { Test: ['NONE'] };
  if (!isPlainObject(check)) throw wrongArgument('healthcheck', check, '`false`, or an object with `cmd`');
  const cmd = wordsOf(check.cmd, 'healthcheck.cmd');
  if (cmd.length === 0) throw wrongArgument('healthcheck.cmd', cmd, 'a command of at least one word');
  const number = (name: string): number => {
    const value = check[name] ?? 0;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    throw wrongArgument(`healthcheck.${name}`, value, 'a number that is not negative');
  };
  const duration = (name: string): number => Math.round(number(name) * NANOSECONDS);
  const values = {
    Interval: duration('intervalMs'),
    Timeout: duration('timeoutMs'),
    StartPeriod: duration('startPeriodMs'),
    StartInterval: duration('startIntervalMs'),
    Retries: Math.round(number('retries')),
  };
  // As in BuildKit, a value of 0 is left out: it means the default.
  const given = Object.entries(values).filter(([, value]) => value !== 0);
  return { Test: ['CMD', ...cmd], ...Object.fromEntries(given) };
}
