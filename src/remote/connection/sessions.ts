import { anonymous } from '../../authn/config/anonymous.js';
import type { Authenticator, Keychain } from '../../authn/config/authenticator.js';
import { resolveAuth } from '../../authn/resolve-auth.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import type { Registry, Repository } from '../../name/reference.js';
import { newSession } from '../../transport/new-session.js';
import type { Session } from '../../transport/session/session.js';
import type { RemoteOptions } from './options.js';

/** The sessions of a connection. Each is opened when it is needed, and shared from then on. */
export class Sessions {
  readonly #options: RemoteOptions;
  readonly #auth: Authenticator | Keychain;
  /** One session for each registry or repository, because a keychain may have credentials for a single repository. */
  readonly #byResource = new Map<string, Lazy<Session>>();

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#auth = options.auth ?? anonymous;
  }

  /** The session for a registry or a repository. Looks up credentials, but sends no request to the registry. */
  async open(resource: Registry | Repository, options: AbortOptions = {}): Promise<Session> {
    const registry = 'registry' in resource ? resource.registry : resource;
    const key = `${registry.scheme()}://${resource.name()}`;
    const known =
      this.#byResource.get(key) ?? lazy(async (options) => this.#start(registry, resource, options));
    this.#byResource.set(key, known);
    return known(options);
  }

  async #start(registry: Registry, resource: Registry | Repository, options: AbortOptions): Promise<Session> {
    const auth = this.#auth;
    return newSession(registry, {
      ...this.#options,
      mirrorAuth: this.#options.mirrorAuth ?? ('resolve' in auth ? auth : undefined),
      auth: await resolveAuth(auth, resource, options),
    });
  }
}
