import type { Readable, Writable } from 'node:stream';
import { defaultKeychain } from '../../authn/default-keychain.js';
import type { DaemonOptions } from '../../daemon/engine/options.js';
import type { NameOptions } from '../../name/options.js';
import { parseReference } from '../../name/parse-reference.js';
import type { Reference, Registry, Repository } from '../../name/reference.js';
import { newRegistry } from '../../name/registry.js';
import { newRepository } from '../../name/repository.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { parsePlatform, type Platform } from '../../v1/platform.js';

/** What places outside of registries need. */
export interface LocationOptions {
  /** What the path `-` is read from. @default process.stdin */
  readonly stdin?: Readable | undefined;
  /** What the path `-` is written to; it is not ended. @default process.stdout */
  readonly stdout?: Writable | undefined;
  /** Reads blobs of layouts that are symbolic links, as Bazel makes them. @default false */
  readonly allowSymlinks?: boolean | undefined;
  /** Which Docker Engine is asked, and how. @default the one that `docker` would ask */
  readonly daemon?: Omit<DaemonOptions, 'signal'> | undefined;
}

/**
 * What every verb takes. Unlike in `remote`, credentials are found without being asked for: `auth`
 * defaults to the keychain of docker's and podman's configuration.
 */
export interface CraneOptions extends Omit<RemoteOptions, 'platform'>, NameOptions, LocationOptions {
  /**
   * The image to take from an index, such as `linux/arm64`. Verbs that can handle a whole index do
   * so without it; the others take linux/amd64.
   */
  readonly platform?: Platform | string | undefined;
}

/** The options as `remote` takes them. */
export function remoteOptions(options: CraneOptions): RemoteOptions {
  const { platform, strict: _strictNames, stdin: _in, stdout: _out, daemon: _daemon, ...others } = options;
  const { allowSymlinks: _symlinks, ...rest } = others;
  return { ...rest, auth: options.auth ?? defaultKeychain, platform: platformOf(platform) };
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

function nameOptions({ strict, insecure, defaultRegistry, defaultTag }: CraneOptions): NameOptions {
  return { strict, insecure, defaultRegistry, defaultTag };
}
