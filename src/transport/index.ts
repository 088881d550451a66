/**
 * Authenticated conversations with registries: what `remote` stands on, for programs that need requests which
 * `remote` does not have. It knows nothing of manifests and layers.
 *
 * ```ts
 * import { newSession, pullScope } from 'containerregistry/transport';
 *
 * const repository = name.newRepository('registry.example/app');
 * const session = newSession(repository.registry, { auth: authn.defaultKeychain });
 * const { body } = await session.request({
 *   method: 'GET',
 *   target: `/v2/${repository.repositoryStr()}/tags/list`,
 *   scopes: [repository.scope(pullScope)],
 *   expect: [200],
 * });
 * ```
 *
 * @packageDocumentation
 */
export type { Clock } from '../internal/clock.js';
export type { Challenge } from './challenge.js';
export { checkError, type ErrorAnswer, type ErrorSubject } from './check-error.js';
export type {
  AddressGuard,
  HttpClient,
  HttpMethod,
  HttpRequest,
  HttpResponse,
  TlsOptions,
} from './client.js';
export type { GotClientOptions } from './client-options.js';
export {
  type BlobEvent,
  diagnosticsChannels,
  type FallbackEvent,
  type RequestEvent,
  type ResponseEvent,
  type ResumeEvent,
  type RetryEvent,
  type TokenEvent,
  type Transfer,
} from './diagnostics.js';
export { exchange, type ExchangeOptions } from './exchange.js';
export type { RequestLimits } from './gate.js';
export { newGotClient } from './got-client.js';
export type { SkippedFile } from './hosts/certs-d.js';
export type { HostFilesOptions } from './hosts/host-files.js';
export { type LoadedHosts, loadHosts, type LoadHostsOptions } from './hosts/load-hosts.js';
export type { ResolveHost } from './lookup.js';
export { newSession } from './new-session.js';
export { ping } from './ping-registry.js';
export type { PingResult } from './ping.js';
export type { Mirror, RegistrySettings, RouteSettings, TrustSettings } from './registry-settings.js';
export type { RetryOptions } from './retry.js';
export { catalogScope, deleteScope, pullScope, pushScope } from './scopes.js';
export type { RequestBody, Session, SessionRequest, SessionResponse } from './session.js';
export type { SessionOptions, TransportOptions } from './session-options.js';
export type { Token } from './token.js';
export type { RegistryWarning } from './warning.js';
