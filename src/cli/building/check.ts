import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openContext } from '../../build/contexts/build-context.js';
import type { BuildOptions } from '../../build/options/build-options.js';
import { buildTime } from '../../build/options/build-time.js';
import { WorkDirectory } from '../../build/options/work-directory.js';
import { predefinedVariables } from '../../build/plan/predefined-variables.js';
import { localPlatform, targetPlatform } from '../../image/platforms.js';
import { check, type CheckResult } from '../../dockerfile/checking.js';
import { ContainerError } from '../../errors/base.js';
import { visible } from '../../errors/visible.js';
import { type IgnoreMatch, ignoreRules, type IgnoreRules, linesOf } from '../../tree/ignore-rules.js';
import type { Cli } from '../context/cli.js';

/** The check of a Dockerfile has found warnings. */
class CheckFailure extends ContainerError<'CHECK_FAILED'> {
  static {
    this.prototype.name = 'CheckFailure';
  }

  constructor(file: string, count: number) {
    super('CHECK_FAILED', `${file} has ${count === 1 ? 'a warning' : `${count} warnings`}`);
  }
}

/**
 * Prints the warnings of a Dockerfile, one per line. As with `docker build --check`, it fails if there are any.
 *
 * @throws DockerfileError for the first mistake at which a build would fail
 */
export async function printWarnings(
  cli: Cli,
  options: BuildOptions,
  platform: string | undefined,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const { file, warnings, error } = await checkFile({ ...options, signal: cli.io.signal }, platform);
  for (const warning of warnings) {
    const { rule, message, url, line, column } = warning;
    await cli.line(
      json === true
        ? JSON.stringify({ file, ...warning })
        : visible(`${file}:${line}:${column}: ${message} (${rule}, ${url})`),
    );
  }
  if (error !== undefined) throw error;
  if (warnings.length > 0) throw new CheckFailure(file, warnings.length);
  cli.note(`${file} has no warnings`);
}

async function checkFile(
  options: BuildOptions,
  platform: string | undefined,
): Promise<CheckResult & { readonly file: string }> {
  let work: Promise<WorkDirectory> | undefined;
  const create = async (): Promise<WorkDirectory> => (work ??= WorkDirectory.create(options.workDirectory));
  try {
    const { text, file } = await openContext(options, { ...buildTime(options), work: create });
    const { target, args } = options;
    const chosen = platform === undefined ? localPlatform() : targetPlatform(platform);
    const predefined = predefinedVariables(chosen, target);
    const result = check(text, {
      ...{ file, target, args, predefined },
      ignored: await ignoredPaths(options),
    });
    return { ...result, file };
  } finally {
    await (await work)?.remove();
  }
}

/** The rules for a context that is a directory. As in BuildKit, they are not used if one of them is an exception. */
async function ignoredPaths({
  context,
  dockerfile = 'Dockerfile',
}: BuildOptions): Promise<((path: string) => boolean) | undefined> {
  if (typeof context !== 'string') return undefined;
  const own =
    typeof dockerfile === 'string'
      ? await textOf(`${path.resolve(context, dockerfile)}.dockerignore`)
      : undefined;
  const text = own ?? (await textOf(path.join(context, '.dockerignore')));
  if (text === undefined) return undefined;
  const lines = linesOf(text);
  if (lines.some((line) => line.trim().startsWith('!'))) return undefined;
  const rules = ignoreRules(lines);
  return (file) => isIgnored(rules, path.posix.join('/', file).slice(1));
}

function isIgnored(rules: IgnoreRules, file: string): boolean {
  let found: IgnoreMatch | undefined;
  let place = '';
  for (const part of file.split('/')) {
    place = path.posix.join(place, part);
    found = rules.match(place, found);
  }
  return found?.isIgnored === true;
}

/** The text of a file; undefined if it cannot be read, for example because the context is a tar. */
async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
