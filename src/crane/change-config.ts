import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/abort.js';
import { configFile } from '../mutate/config.js';
import type { Config } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { isConfig } from '../v1/types.js';

/** What a container made from an image runs with, as far as it is to change. */
export interface ConfigChanges {
  /** Added to those that there are. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `NAME=value`: takes the place of a variable of that name, or comes last. */
  readonly env?: readonly string[] | undefined;
  /** Replaces the entrypoint, and with it the command. */
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
  const config: Config = {
    ...file.config,
    ...(changes.labels && { Labels: { ...file.config.Labels, ...changes.labels } }),
    ...(changes.env && { Env: withVariables(file.config.Env ?? [], changes.env, file.os === 'windows') }),
    ...(changes.entrypoint && { Entrypoint: changes.entrypoint, Cmd: undefined }),
    ...(changes.cmd && { Cmd: changes.cmd }),
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

function withVariables(before: readonly string[], added: readonly string[], isWindows: boolean): string[] {
  const nameOf = (variable: string): string => {
    const name = variable.split('=', 1)[0] ?? '';
    // Windows does not tell `Path` from `PATH`.
    return isWindows ? name.toUpperCase() : name;
  };
  const fresh = new Map(added.map((variable) => [nameOf(variable), variable]));
  const replaced = before.map((variable) => fresh.get(nameOf(variable)) ?? variable);
  const known = new Set(before.map(nameOf));
  return [...replaced, ...[...fresh].filter(([name]) => !known.has(name)).map(([, variable]) => variable)];
}
