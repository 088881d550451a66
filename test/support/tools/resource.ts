import type { Resource } from '../../../src/authn/config/authenticator.js';

/** A registry (`reg.example:5000`) or repository (`reg.example/team/app`) as a keychain is asked about it. */
export function resource(name: string): Resource {
  const [registry = ''] = name.split('/');
  return { name: () => name, registryStr: () => registry };
}
