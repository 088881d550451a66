import type { AbortOptions } from '../../internal/async/abort.js';
import { configFile } from '../../mutate/config.js';
import { artifactConfigError } from '../../mutate/views/artifact-config.js';
import type { Config, ConfigFile } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isConfig } from '../../v1/types.js';

/** Changes to an image's config. A member that is undefined changes nothing. */
export interface ConfigChanges {
  /** Labels to set; other labels stay. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly removeLabels?: readonly string[] | undefined;
  /** Variables as `NAME=value`. One replaces the variable with the same name, or is added at the end. */
  readonly env?: readonly string[] | undefined;
  /** Names of variables. */
  readonly removeEnv?: readonly string[] | undefined;
  /** Replaces the entrypoint and removes the command. An empty list removes both. */
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  /** Replaces all exposed ports. A port is written like `80/tcp`. */
  readonly exposedPorts?: readonly string[] | undefined;
  readonly platform?: Platform | undefined;
}

/**
 * Changes an image's config.
 *
 * @throws UnsupportedError for an artifact, whose config is not an image config.
 */
export async function changeConfig(
  image: Image,
  changes: ConfigChanges,
  options: AbortOptions = {},
): Promise<Image> {
  const hasChanges = Object.values(changes).some((change) => change !== undefined);
  if (!hasChanges) return image;
  const { mediaType } = (await image.manifest(options)).config;
  if (!isConfig(mediaType)) {
    throw artifactConfigError('a change of the config', mediaType);
  }
  const file = await image.configFile(options);
  const { labels, removeLabels, env, removeEnv, entrypoint, cmd } = changes;
  const config: Config = {
    ...file.config,
    ...((labels ?? removeLabels) && { Labels: changedLabels(file.config, changes) }),
    ...((env ?? removeEnv) && { Env: changedVariables(file, changes) }),
    ...(entrypoint && { Entrypoint: undefinedIfEmpty(entrypoint), Cmd: undefined }),
    ...(cmd && { Cmd: undefinedIfEmpty(cmd) }),
    ...(changes.user !== undefined && { User: changes.user }),
    ...(changes.workdir !== undefined && { WorkingDir: changes.workdir }),
    ...(changes.exposedPorts && {
      ExposedPorts: Object.fromEntries(changes.exposedPorts.map((port) => [port, {}])),
    }),
  };
  return configFile(image, { ...file, ...(changes.platform && platformFields(changes.platform)), config });
}

/** The members of a config that hold its platform. */
function platformFields({ os, architecture, variant, 'os.version': version }: Platform) {
  return { os, architecture, variant, 'os.version': version };
}

function changedLabels(
  { Labels: before }: Config,
  { labels, removeLabels = [] }: ConfigChanges,
): Config['Labels'] {
  const removed = new Set(removeLabels);
  // Object.fromEntries and spread both define `__proto__` as an ordinary property.
  const kept = Object.fromEntries(Object.entries(before ?? {}).filter(([name]) => !removed.has(name)));
  const changed = { ...kept, ...labels };
  return Object.keys(changed).length === 0 ? undefined : changed;
}

function changedVariables(
  { os, config: { Env: before } }: ConfigFile,
  { env = [], removeEnv = [] }: ConfigChanges,
): Config['Env'] {
  const nameOf = (variable: string): string => {
    const name = variable.split('=', 1)[0] ?? '';
    // On Windows, names of variables are case-insensitive: `Path` is `PATH`.
    return os === 'windows' ? name.toUpperCase() : name;
  };
  const removed = new Set(removeEnv.map(nameOf));
  const newVariables = new Map(env.map((variable) => [nameOf(variable), variable]));
  const kept = (before ?? []).filter((variable) => !removed.has(nameOf(variable)));
  const replaced = kept.map((variable) => newVariables.get(nameOf(variable)) ?? variable);
  const existingNames = new Set(kept.map(nameOf));
  const added = [...newVariables]
    .filter(([name]) => !existingNames.has(name))
    .map(([, variable]) => variable);
  return undefinedIfEmpty([...replaced, ...added]);
}

/** Go's encoder omits an empty list, so this library does, too. */
function undefinedIfEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}
