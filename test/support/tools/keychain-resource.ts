import type { Resource } from '../../../src/authn/config/authenticator.js';

/** Makes the resource that a keychain resolves: a registry (`reg.example:5000`) or a repository (`reg.example/team/app`). */
export function keychainResource(name: string): Resource {
  const [registry = ''] = name.split('/');
  return { name: () => name, registryStr: () => registry };
}
