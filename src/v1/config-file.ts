import type { Hash } from './hash.js';

/**
 * An image's configuration, as image-spec and Docker write it. Members have the names of the JSON fields.
 *
 * Parsed configs keep fields that this interface does not name.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface ConfigFile {
  /** CPU architecture, as Go names it in `GOARCH`; empty in the config of an artifact. */
  readonly architecture: string;
  /** Operating system, as Go names it in `GOOS`; empty in the config of an artifact. */
  readonly os: string;
  /** Version of the operating system; used on Windows. */
  readonly 'os.version'?: string | undefined;
  /** Features that the operating system must have, such as `win32k`. */
  readonly 'os.features'?: readonly string[] | undefined;
  /** Variant of the CPU, such as `v7` for `arm`. */
  readonly variant?: string | undefined;
  /** Name and address of the person or tool that made the image. */
  readonly author?: string | undefined;
  /** ID of the container that was committed to make the image; only old versions of Docker write it. */
  readonly container?: string | undefined;
  /** Time in the format of RFC 3339. */
  readonly created?: string | undefined;
  /** Version of Docker that made the image; only old versions of Docker write it. */
  readonly docker_version?: string | undefined;
  /** The steps that made the image, oldest first. */
  readonly history?: readonly History[] | undefined;
  /** The content of the layers. */
  readonly rootfs: RootFs;
  /** Defaults for containers that run the image. */
  readonly config: Config;
}

/** The content of the layers. */
export interface RootFs {
  /** `layers` in every image; empty in the config of an artifact. */
  readonly type: string;
  /** Digests of the layers' uncompressed tars, oldest first. */
  readonly diff_ids: readonly Hash[];
}

/** One step that made the image. */
export interface History {
  /** Name and address of the person or tool that made the step. */
  readonly author?: string | undefined;
  /** Time in the format of RFC 3339. */
  readonly created?: string | undefined;
  /** The command that was run. */
  readonly created_by?: string | undefined;
  /** Free text. */
  readonly comment?: string | undefined;
  /** True for a step that made no layer, such as `ENV`; it has no entry in {@link RootFs}. */
  readonly empty_layer?: boolean | undefined;
}

/**
 * Defaults for containers that run the image. Docker's own fields are included; the image specification does not
 * define all of them.
 */
export interface Config {
  /** Attach standard error. */
  readonly AttachStderr?: boolean | undefined;
  /** Attach standard input. */
  readonly AttachStdin?: boolean | undefined;
  /** Attach standard output. */
  readonly AttachStdout?: boolean | undefined;
  /** Arguments of the entry point, or the command with its arguments if there is no entry point. */
  readonly Cmd?: readonly string[] | null | undefined;
  /** How to check that the container works. */
  readonly Healthcheck?: HealthConfig | undefined;
  /** Domain name of the container. */
  readonly Domainname?: string | undefined;
  /** The command to run, with its first arguments. */
  readonly Entrypoint?: readonly string[] | null | undefined;
  /** Environment variables as `NAME=value`. */
  readonly Env?: readonly string[] | null | undefined;
  /** Host name of the container. */
  readonly Hostname?: string | undefined;
  /** The image that the container was made from, as Docker names it. */
  readonly Image?: string | undefined;
  /** String data for tools. Keys are data: look them up with `Object.hasOwn`. */
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  /** Dockerfile instructions that run when another image is built from this one. */
  readonly OnBuild?: readonly string[] | null | undefined;
  /** Keep standard input open even if nothing is attached to it. */
  readonly OpenStdin?: boolean | undefined;
  /** Close standard input after the first client detaches. */
  readonly StdinOnce?: boolean | undefined;
  /** Allocate a terminal. */
  readonly Tty?: boolean | undefined;
  /** `user`, `uid`, `user:group`, `uid:gid` and so on. */
  readonly User?: string | undefined;
  /** Directories for volumes. Only the keys mean something. */
  readonly Volumes?: Readonly<Record<string, object>> | null | undefined;
  /** Directory in which the command runs. */
  readonly WorkingDir?: string | undefined;
  /** Ports as `80`, `80/tcp` or `80/udp`. Only the keys mean something. */
  readonly ExposedPorts?: Readonly<Record<string, object>> | null | undefined;
  /** True if the command is escaped already, on Windows. */
  readonly ArgsEscaped?: boolean | undefined;
  /** Run without a network. */
  readonly NetworkDisabled?: boolean | undefined;
  /** MAC address of the container. */
  readonly MacAddress?: string | undefined;
  /** Signal that asks the container to stop, such as `SIGTERM`. */
  readonly StopSignal?: string | undefined;
  /** Seconds between the stop signal and the kill. */
  readonly StopTimeout?: number | undefined;
  /** The shell for the shell form of `RUN`, `CMD` and `ENTRYPOINT`. */
  readonly Shell?: readonly string[] | null | undefined;
}

/** A check of a container's health; durations are in nanoseconds, and 0 inherits. */
export interface HealthConfig {
  /** Empty to inherit, `["NONE"]` to disable, `["CMD", ...]` or `["CMD-SHELL", command]`. */
  readonly Test?: readonly string[] | null | undefined;
  /** Nanoseconds between two checks. */
  readonly Interval?: number | undefined;
  /** Nanoseconds after which a check has failed. */
  readonly Timeout?: number | undefined;
  /** Nanoseconds after the start in which a failure does not count. */
  readonly StartPeriod?: number | undefined;
  /** Nanoseconds between two checks during the start period. */
  readonly StartInterval?: number | undefined;
  /** Failures in a row that make the container unhealthy. */
  readonly Retries?: number | undefined;
}
