import { posix } from 'node:path';
import type { Config } from '../v1/config-file.js';

/** A variable of the environment. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * Sets each variable in its place, or adds it at the end.
 *
 * @param nameOf - gives names that mean the same variable the same text; on Windows, `Path` is `PATH`
 */
export function withVariables(
  env: readonly string[],
  pairs: readonly Variable[],
  nameOf: (name: string) => string = (name) => name,
): readonly string[] {
  const changed = [...env];
  const positions = new Map<string, number>();
  for (const [at, entry] of env.entries()) {
    const name = nameOf(splitVariable(entry)[0]);
    if (!positions.has(name)) positions.set(name, at);
  }
  for (const { name, value } of pairs) {
    const key = nameOf(name);
    const at = positions.get(key) ?? changed.length;
    changed[at] = `${name}=${value}`;
    positions.set(key, at);
  }
  return changed;
}

/** Splits `NAME=value`. Without an equals sign, the value is empty. */
export function splitVariable(entry: string): readonly [name: string, value: string] {
  const equals = entry.indexOf('=');
  return equals === -1 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

/** Adds names to a set of the config, such as `ExposedPorts`, in which only the keys mean something. */
export function withKeys(
  old: Readonly<Record<string, object>> | null | undefined,
  names: readonly string[],
): Readonly<Record<string, object>> {
  return { ...old, ...Object.fromEntries(names.map((name) => [name, {}])) };
}

/**
 * The entrypoint replaces that of the base. As in Docker, the command of the base was made for the old entrypoint and is
 * removed, unless the build has set one.
 */
export function entrypointChange(words: readonly string[] | undefined, hasCommand: boolean): Partial<Config> {
  return { Entrypoint: words, ...(!hasCommand && { Cmd: undefined }) };
}

/** The working directory after a change to `path`. As in BuildKit, an absolute path is kept as it is written. */
export function workingDirectory({ WorkingDir = '' }: Config, path: string): string {
  return path.startsWith('/') ? path : posix.resolve('/', WorkingDir, path);
}
