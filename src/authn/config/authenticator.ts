import type { AbortOptions } from '../../internal/async/abort.js';

/** Credentials in one of docker's forms; an empty object is anonymous. */
export interface AuthConfig {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** An OAuth2 refresh token, exchanged at the registry's token server. */
  readonly identityToken?: string | undefined;
  /** A bearer token sent to the registry as it is. */
  readonly registryToken?: string | undefined;
}

/** Gives credentials when a request needs them; may refresh them in between. */
export interface Authenticator {
  authorization(options?: AbortOptions): Promise<AuthConfig>;
}

/** What a keychain is asked about: a registry, or a repository within it. */
export interface Resource {
  /** Full name: `index.docker.io/library/busybox`, or the registry alone. */
  name(): string;
  registryStr(): string;
}

/** Finds the credentials that belong to a registry or repository. */
export interface Keychain {
  /** Resolves to `anonymous` (the very object) if there are none. */
  resolve(resource: Resource, options?: AbortOptions): Promise<Authenticator>;
}
