import { anonymous } from '../../authn/config/anonymous.js';
import type { Authenticator, Keychain } from '../../authn/config/authenticator.js';
import { isKeychain, readAuth } from '../../authn/config/credentials.js';
import { canonicalHost } from '../../authn/config/server-name.js';
import { resolveAuth } from '../../authn/resolve-auth.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { assertResource } from '../../name/assert-name.js';
import type { Registry, Repository } from '../../name/reference.js';
import { newSession } from '../../transport/new-session.js';
import type { Session } from '../../transport/session/session.js';
import type { RemoteOptions } from './options.js';

/** The sessions of a connection. Each is opened when it is needed, and shared from then on. */
export class Sessions {
  readonly #options: RemoteOptions;
  readonly #auth: Authenticator | Keychain;
  /** The registry that fixed credentials are for: the first one that was used. */
  #owner: string | undefined;
  /** One session for each registry or repository, because a keychain may have credentials for a single repository. */
  readonly #byResource = new Map<string, Lazy<Session>>();

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#auth = options.auth === undefined ? anonymous : readAuth(options.auth);
  }

  /** The session for a registry or a repository. Looks up credentials, but sends no request to the registry. */
  async open(resource: Registry | Repository, options: AbortOptions = {}): Promise<Session> {
    assertResource(resource);
    const registry = 'registry' in resource ? resource.registry : resource;
    this.reserve([registry]);
    const key = `${registry.scheme()}://${resource.name()}`;
    const known =
      this.#byResource.get(key) ?? lazy(async (options) => this.#start(registry, resource, options));
    this.#byResource.set(key, known);
    return known(options);
  }

  /**
   * Checks that the credentials may be sent to all of these registries, before the first of them gets a request.
   *
   * @throws TypeError if the credentials are those of one registry, and there is another one among these.
   */
  reserve(registries: readonly Registry[]): void {
    if (this.#auth === anonymous || isKeychain(this.#auth)) return;
    const hosts = new Set(registries.map((registry) => canonicalHost(registry.registryStr())));
    const [first, second] = new Set([...(this.#owner === undefined ? [] : [this.#owner]), ...hosts]);
    if (first === undefined) return;
    if (second !== undefined) throw severalRegistries(first, second);
    this.#owner = first;
  }

  async #start(registry: Registry, resource: Registry | Repository, options: AbortOptions): Promise<Session> {
    const auth = this.#auth;
    return newSession(registry, {
      ...this.#options,
      mirrorAuth: this.#options.mirrorAuth ?? (isKeychain(auth) ? auth : undefined),
      auth: await resolveAuth(auth, resource, options),
    });
  }
}

function severalRegistries(first: string, second: string): TypeError {
  return new TypeError(
    '`auth` has the credentials of one registry, ' +
      `and this operation would send them to ${first} and to ${second}: ` +
      `give credentials by host, such as { '${first}': { username, password } }, ` +
      'or `sourceAuth` and `targetAuth` for a copy',
  );
}
