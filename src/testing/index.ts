/**
 * Servers for tests of programs that talk to registries: a registry whose responses are scripted, proxies that inject
 * faults into the traffic of a real registry, a token server, and servers that record the requests they receive. They
 * work with any test runner. Each listens on a loopback address and stops with `close()`, or at the end of a block with
 * `await using`. The namespace `registry` has a registry without faults.
 *
 * Start reading with `scripted-registry.ts`. `server/` has what the servers share, and `faults/` has the proxies.
 *
 * ```ts
 * import { registry, testing } from 'containerregistry';
 *
 * const scripted = await testing.scriptedRegistry(
 *   [{ on: 'GET /v2/app/blobs/*', response: testing.tooManyRequests(1) }],
 *   { behind: registry.new() },
 * );
 * await pullWithYourClient(`${scripted.host}/app:v1`);
 * scripted.expectDone();
 * await scripted.close();
 * ```
 *
 * @packageDocumentation
 */
export type { Cut, HangUp, ScriptedBody, ScriptedResponse } from './server/response.js';
export {
  challengeResponse,
  errorResponse,
  jsonResponse,
  noResponse,
  redirectResponse,
  tooManyRequests,
} from './server/responses.js';
export type { Fault, FaultPlan, ProxiedExchange } from './faults/fault-plan.js';
export { faultProxy, type FaultProxy, type FaultProxyOptions } from './faults/fault-proxy.js';
export type { LoopbackServer as Listening, ListenOptions } from './server/loopback-server.js';
export { randomFaults, type RandomFaultOptions } from './faults/random-faults.js';
export type { RecordedRequest } from './server/recorded-request.js';
export {
  recordingOrigins,
  type RecordingOrigin,
  type RecordingOrigins,
  type RecordingOriginsOptions,
} from './recording-origins.js';
export {
  scriptedRegistry,
  type ScriptedRegistry,
  type ScriptedRegistryOptions,
} from './scripted-registry.js';
export { secretForms } from './secret-forms.js';
export { seededRandom } from './faults/seeded-random.js';
export type { RequestMatch, Responder, ResponderTools, Step } from './server/step.js';
export { tcpProxy, type TcpProxy, type TcpProxyOptions } from './faults/tcp-proxy.js';
export { type IssuedToken, tokenServer, type TokenServer, type TokenServerOptions } from './token-server.js';
export {
  bandwidth,
  blackhole,
  corrupt,
  cutAtFraction,
  latency,
  type Link,
  resetAfter,
  type Toxic,
  truncate,
} from './faults/toxic.js';
export type { UpstreamTarget as Target, UpstreamOptions } from './server/upstream.js';
