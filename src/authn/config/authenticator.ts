import type { AbortOptions } from '../../internal/async/abort.js';

/** Credentials in one of docker's forms; an empty object is anonymous. */
export interface AuthConfig {
  /** User name for the registry or its token server. It cannot contain a colon. */
  readonly username?: string | undefined;
  /** Password, or an access token that the registry accepts as one. */
  readonly password?: string | undefined;
  /** An OAuth2 refresh token, which is exchanged at the registry's token server. */
  readonly identityToken?: string | undefined;
  /** A bearer token, which is sent to the registry as it is. */
  readonly registryToken?: string | undefined;
  /** The complete value of the header `Authorization`, for schemes other than Basic and Bearer. It is sent as it is. */
  readonly header?: string | undefined;
}

/** Provides credentials when a request needs them, and may refresh them between requests. */
export interface Authenticator {
  /** The current credentials. A session calls this whenever it needs them, so an implementation should cache them. */
  authorization(options?: AbortOptions): Promise<AuthConfig>;
}

/** A registry, or a repository in it, for which a keychain finds credentials. References and registries have this form. */
export interface Resource {
  /** Full name: `index.docker.io/library/busybox`, or the registry alone. */
  name(): string;
  /** The registry with its port, such as `index.docker.io`. */
  registryStr(): string;
}

/** Finds the credentials that belong to a registry or repository. */
export interface Keychain {
  /** Resolves to the object `anonymous` if there are no credentials. Rejects if they cannot be determined. */
  resolve(resource: Resource, options?: AbortOptions): Promise<Authenticator>;
}
