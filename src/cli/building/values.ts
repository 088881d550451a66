import type { BuildOptions } from '../../build/options/build-options.js';
import { UsageError } from '../terminal/exit-code.js';
import { type CompressionFlags, compressionOf } from '../arguments/compression-flags.js';
import { notPair, pairs } from '../arguments/name-values.js';
import { readTime, sourceDateEpoch } from '../arguments/read-time.js';

/** The flags of a build that do not depend on its context and its targets. */
export interface ValueFlags extends CompressionFlags {
  readonly target?: string;
  readonly buildArg?: readonly string[];
  readonly buildContext?: readonly string[];
  readonly label?: readonly string[];
  readonly annotation?: readonly string[];
  readonly sourceDateEpoch?: string;
  readonly rewriteTimestamps?: boolean;
  readonly workDirectory?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const EPOCH = 'SOURCE_DATE_EPOCH';

/**
 * The options of the library for these flags, and the annotations of an index.
 *
 * @throws UsageError for a value that is invalid
 */
export function buildValues(
  flags: ValueFlags,
  env: Environment,
): { readonly options: BuildOptions; readonly indexAnnotations: Readonly<Record<string, string>> } {
  const { target, rewriteTimestamps, workDirectory } = flags;
  const given = buildArguments(flags.buildArg, env);
  const args = { ...given, ...epochArgument(flags, given, env) };
  if (rewriteTimestamps === true && (args[EPOCH] ?? '') === '') {
    throw new UsageError(
      '--rewrite-timestamps needs a time',
      'give --source-date-epoch, or set SOURCE_DATE_EPOCH',
    );
  }
  const { manifest, index } = annotationsOf(flags.annotation);
  const options: BuildOptions = {
    ...compressionOf(flags),
    ...{ target, args, rewriteTimestamps, workDirectory },
    contexts: contextsOf(flags.buildContext),
    labels: flags.label && pairs('label', flags.label.map(withValue)),
    annotations: Object.keys(manifest).length === 0 ? undefined : manifest,
  };
  return { options, indexAnnotations: index };
}

/** As with docker, a name without a value has the value of the environment variable, if that is set. */
function buildArguments(given: readonly string[] = [], env: Environment): Readonly<Record<string, string>> {
  const args: Record<string, string> = {};
  for (const text of given) {
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (name === undefined) throw notPair('build-arg', text);
    const chosen = value ?? env[name];
    if (chosen !== undefined) args[name] = chosen;
  }
  return args;
}

/**
 * The time of the build as an argument, so that `ARG SOURCE_DATE_EPOCH` has it, too. The flag is stronger than `--build-arg`,
 * which is stronger than the environment.
 */
function epochArgument(
  { sourceDateEpoch: flag }: ValueFlags,
  given: Readonly<Record<string, string>>,
  env: Environment,
): Readonly<Record<string, string>> {
  const argument = Object.hasOwn(given, EPOCH) ? given[EPOCH] : undefined;
  if (flag === undefined && argument !== undefined) {
    if (argument !== '') readTime(`--build-arg ${EPOCH}`, argument);
    return {};
  }
  const time = sourceDateEpoch(flag, env);
  return time === undefined ? {} : { [EPOCH]: String(Math.floor(time.getTime() / 1000)) };
}

function contextsOf(given: readonly string[] | undefined): BuildOptions['contexts'] {
  if (given === undefined) return undefined;
  const contexts = pairs('build-context', given);
  const empty = Object.entries(contexts).find(([, value]) => value === '');
  if (empty !== undefined) throw notPair('build-context', `${empty[0]}=`);
  return contexts;
}

/** As with docker, a label without a value is empty. */
function withValue(text: string): string {
  return text.includes('=') ? text : `${text}=`;
}

/** As with docker, a name may have the prefix `manifest:`, which is the default, or `index:`. */
function annotationsOf(given: readonly string[] = []): {
  readonly manifest: Readonly<Record<string, string>>;
  readonly index: Readonly<Record<string, string>>;
} {
  const manifest: Record<string, string> = {};
  const index: Record<string, string> = {};
  for (const [name, value] of Object.entries(pairs('annotation', given))) {
    const [, level, key = name] =
      /^(manifest|index|manifest-descriptor|index-descriptor):(.+)$/s.exec(name) ?? [];
    if (level === 'manifest-descriptor' || level === 'index-descriptor')
      throw new UsageError(`--annotation cannot annotate a descriptor: ${name}`);
    (level === 'index' ? index : manifest)[key] = value;
  }
  return { manifest, index };
}
