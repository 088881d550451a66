import type { Readable, Writable } from 'node:stream';
import { defaultKeychain } from '../../authn/default-keychain.js';
import type { DaemonOptions } from '../../daemon/engine/options.js';
import { assertOptions } from '../../internal/arguments.js';
import type { NameOptions } from '../../name/options.js';
import { parseReference } from '../../name/parse-reference.js';
import type { Reference, Registry, Repository } from '../../name/reference.js';
import { newRegistry } from '../../name/registry.js';
import { newRepository } from '../../name/repository.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { parsePlatform, type Platform } from '../../v1/platform.js';

/** Options for locations outside of registries. */
export interface LocationOptions {
  /** The stream that is read for the path `-`. @default process.stdin */
  readonly stdin?: Readable | undefined;
  /** The stream that is written for the path `-`. It is not ended. @default process.stdout */
  readonly stdout?: Writable | undefined;
  /** Follows symbolic links in place of the blobs of a layout, as Bazel creates them. @default false */
  readonly allowSymlinks?: boolean | undefined;
  /** How to connect to the Docker Engine. @default the engine that the `docker` command would use */
  readonly daemon?: Omit<DaemonOptions, 'signal'> | undefined;
}

/**
 * The options of every verb. Unlike in `remote`, credentials are looked up by default: `auth` defaults to the keychain that
 * reads the configuration of docker and podman.
 */
export interface CraneOptions extends Omit<RemoteOptions, 'platform'>, NameOptions, LocationOptions {
  /**
   * The platform of the image to use from an index, such as `linux/arm64`. Without it, a verb that can handle an index uses
   * the index, and any other verb uses the image for linux/amd64.
   */
  readonly platform?: Platform | string | undefined;
}

/** The options of `remote`, with the default keychain. */
export function remoteOptions(options: CraneOptions): RemoteOptions {
  assertOptions(options);
  const { platform, strict: _strictNames, stdin: _in, stdout: _out, daemon: _daemon, ...others } = options;
  const { allowSymlinks: _symlinks, ...withoutSymlinks } = others;
  return { ...withoutSymlinks, auth: options.auth ?? defaultKeychain, platform: platformOf(platform) };
}

export function platformOf(platform: Platform | string | undefined): Platform | undefined {
  return typeof platform === 'string' ? parsePlatform(platform) : platform;
}

export function referenceOf(text: string, options: CraneOptions): Reference {
  return parseReference(text, nameOptions(options));
}

export function repositoryOf(text: string, options: CraneOptions): Repository {
  return newRepository(text, nameOptions(options));
}

export function registryOf(text: string, options: CraneOptions): Registry {
  return newRegistry(text, nameOptions(options));
}

/** The options for parsing names. */
export function nameOptions(options: CraneOptions): NameOptions {
  assertOptions(options);
  const { strict, insecure, defaultRegistry, defaultTag } = options;
  return { strict, insecure, defaultRegistry, defaultTag };
}
