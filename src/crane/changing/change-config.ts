import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { configFile } from '../../mutate/config.js';
import type { Config, ConfigFile } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isConfig } from '../../v1/types.js';

/** What a container made from an image runs with, as far as it is to change. */
export interface ConfigChanges {
  /** Added to those that there are. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly removeLabels?: readonly string[] | undefined;
  /** `NAME=value`: takes the place of a variable of that name, or comes last. */
  readonly env?: readonly string[] | undefined;
  /** Names of variables. */
  readonly removeEnv?: readonly string[] | undefined;
  /** Replaces the entrypoint, and with it the command; an empty one takes both away. */
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  /** Replaces those that there are; such as `80/tcp`. */
  readonly exposedPorts?: readonly string[] | undefined;
  readonly platform?: Platform | undefined;
}

/**
 * Changes an image's config; what is not given stays.
 *
 * @throws {@link UnsupportedError} for an artifact, whose config is something else.
 */
export async function changeConfig(
  image: Image,
  changes: ConfigChanges,
  options: AbortOptions = {},
): Promise<Image> {
  const given = Object.values(changes).some((change) => change !== undefined);
  if (!given) return image;
  if (!isConfig((await image.manifest(options)).config.mediaType)) {
    throw new UnsupportedError('the config of an artifact cannot be changed');
  }
  const file = await image.configFile(options);
  const { labels, removeLabels, env, removeEnv, entrypoint, cmd } = changes;
  const config: Config = {
    ...file.config,
    ...((labels ?? removeLabels) && { Labels: changedLabels(file.config, changes) }),
    ...((env ?? removeEnv) && { Env: changedVariables(file, changes) }),
    ...(entrypoint && { Entrypoint: orNone(entrypoint), Cmd: undefined }),
    ...(cmd && { Cmd: orNone(cmd) }),
    ...(changes.user !== undefined && { User: changes.user }),
    ...(changes.workdir !== undefined && { WorkingDir: changes.workdir }),
    ...(changes.exposedPorts && {
      ExposedPorts: Object.fromEntries(changes.exposedPorts.map((port) => [port, {}])),
    }),
  };
  return configFile(image, { ...file, ...(changes.platform && platformFields(changes.platform)), config });
}

/** The members of a config that make its platform. */
function platformFields({ os, architecture, variant, 'os.version': version }: Platform) {
  return { os, architecture, variant, 'os.version': version };
}

function changedLabels(
  { Labels: before }: Config,
  { labels, removeLabels = [] }: ConfigChanges,
): Config['Labels'] {
  const removed = new Set(removeLabels);
  // Neither this nor a spread takes a key such as __proto__ for more than a key.
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
    // Windows does not tell `Path` from `PATH`.
    return os === 'windows' ? name.toUpperCase() : name;
  };
  const removed = new Set(removeEnv.map(nameOf));
  const fresh = new Map(env.map((variable) => [nameOf(variable), variable]));
  const kept = (before ?? []).filter((variable) => !removed.has(nameOf(variable)));
  const replaced = kept.map((variable) => fresh.get(nameOf(variable)) ?? variable);
  const known = new Set(kept.map(nameOf));
  const added = [...fresh].filter(([name]) => !known.has(name)).map(([, variable]) => variable);
  return orNone([...replaced, ...added]);
}

/** An empty list is left out, as Go does. */
function orNone(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}
