import type { Hash } from './hash.js';

/**
 * An image's configuration, as image-spec and Docker write it. Names are those of the JSON.
 *
 * Parsed configs keep fields that this interface does not name.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface ConfigFile {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly variant?: string | undefined;
  readonly author?: string | undefined;
  readonly container?: string | undefined;
  /** RFC 3339. */
  readonly created?: string | undefined;
  readonly docker_version?: string | undefined;
  readonly history?: readonly History[] | undefined;
  readonly rootfs: RootFs;
  readonly config: Config;
}

/** The layers' content, oldest first. */
export interface RootFs {
  readonly type: string;
  readonly diff_ids: readonly Hash[];
}

/** How one layer came to be; an entry with `empty_layer` has no layer in {@link RootFs}. */
export interface History {
  readonly author?: string | undefined;
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly comment?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

/** What a container made from the image runs with. */
export interface Config {
  readonly AttachStderr?: boolean | undefined;
  readonly AttachStdin?: boolean | undefined;
  readonly AttachStdout?: boolean | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Healthcheck?: HealthConfig | undefined;
  readonly Domainname?: string | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Env?: readonly string[] | null | undefined;
  readonly Hostname?: string | undefined;
  readonly Image?: string | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly OnBuild?: readonly string[] | null | undefined;
  readonly OpenStdin?: boolean | undefined;
  readonly StdinOnce?: boolean | undefined;
  readonly Tty?: boolean | undefined;
  readonly User?: string | undefined;
  readonly Volumes?: Readonly<Record<string, object>> | null | undefined;
  readonly WorkingDir?: string | undefined;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null | undefined;
  readonly ArgsEscaped?: boolean | undefined;
  readonly NetworkDisabled?: boolean | undefined;
  readonly MacAddress?: string | undefined;
  readonly StopSignal?: string | undefined;
  readonly StopTimeout?: number | undefined;
  readonly Shell?: readonly string[] | null | undefined;
}

/** A check of a container's health; durations are in nanoseconds. */
export interface HealthConfig {
  /** Empty to inherit, `["NONE"]` to disable, `["CMD", ...]` or `["CMD-SHELL", command]`. */
  readonly Test?: readonly string[] | null | undefined;
  readonly Interval?: number | undefined;
  readonly Timeout?: number | undefined;
  readonly StartPeriod?: number | undefined;
  readonly StartInterval?: number | undefined;
  readonly Retries?: number | undefined;
}
