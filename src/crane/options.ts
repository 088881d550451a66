import { defaultKeychain } from '../authn/default-keychain.js';
import type { NameOptions } from '../name/options.js';
import { parseReference } from '../name/parse-reference.js';
import type { Reference, Registry, Repository } from '../name/reference.js';
import { newRegistry } from '../name/registry.js';
import { newRepository } from '../name/repository.js';
import type { RemoteOptions } from '../remote/options.js';
import { parsePlatform, type Platform } from '../v1/platform.js';

/**
 * What every verb takes. Unlike in `remote`, credentials are found without being asked for: `auth`
 * defaults to the keychain of docker's and podman's configuration.
 */
export interface CraneOptions extends Omit<RemoteOptions, 'platform' | 'strict'>, NameOptions {
  /**
   * The image to take from an index, such as `linux/arm64`. Verbs that can handle a whole index do
   * so without it; the others take linux/amd64.
   */
  readonly platform?: Platform | string | undefined;
}

/** The options as `remote` takes them. */
export function remoteOptions(options: CraneOptions): RemoteOptions {
  const { platform, strict: _strictNames, ...rest } = options;
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
