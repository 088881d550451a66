/**
 * Authenticated sessions with registries. `remote` uses them; programs use them for requests that `remote` does not
 * have. This module does not interpret manifests and layers.
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
export type { Clock } from '../internal/async/clock.js';
export type { Challenge } from './auth/challenge.js';
export { checkError, type ErrorResponse, type ErrorSubject } from './wire/check-error.js';
export type {
  AddressGuard,
  HttpClient,
  HttpMethod,
  HttpRequest,
  HttpResponse,
  TlsOptions,
} from './guard/http-client.js';
export type { GotClientOptions } from './http/client-options.js';
export {
  type BlobEvent,
  diagnosticsChannels,
  type FallbackEvent,
  type RequestEvent,
  type ResponseEvent,
  type ResumeEvent,
  type RetryEvent,
  type WaitEvent,
  type TokenEvent,
  type Transfer,
} from './wire/diagnostics.js';
export { exchange, type ExchangeOptions } from './exchange.js';
export type { RequestLimits } from './wire/gate.js';
export { type GotClient, newGotClient } from './http/got-client.js';
export type { SkippedFile } from './hosts/certs-d.js';
export type { GeneralSettings } from './hosts/hosts-file.js';
export type { HostFilesOptions } from './hosts/host-files.js';
export { type LoadedHosts, loadHosts, type LoadHostsOptions } from './hosts/load-hosts.js';
export type { ResolveHost } from './http/lookup.js';
export { newSession } from './new-session.js';
export { ping } from './ping-registry.js';
export type { PingResult } from './auth/ping.js';
export type { Mirror, RegistrySettings, RouteSettings, TrustSettings } from './settings/registry-settings.js';
export type { RetryOptions } from './wire/retry.js';
export { catalogScope, deleteScope, pullScope, pushScope } from './auth/scopes.js';
export type { RequestBody, Session, SessionRequest, SessionResponse } from './session/session.js';
export type { SessionOptions, TransportOptions } from './settings/session-options.js';
export type { Token } from './auth/token.js';
export type { RegistryWarning } from './wire/parse-warnings.js';
