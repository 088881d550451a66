/**
 * Registries that misbehave on demand, for tests of anything that talks to one: a registry whose answers are scripted,
 * a proxy that does harm to the traffic of a real one, a token server, and origins that write down what they are
 * sent. For any test runner; everything listens on loopback and ends with `close()`. The registry
 * that behaves is in `registry`.
 *
 * ```ts
 * import { registry, testing } from 'containerregistry';
 *
 * const scripted = await testing.scriptedRegistry(
 *   [{ on: 'GET /v2/app/blobs/*', answer: testing.tooManyRequests(1) }],
 *   { behind: registry.new() },
 * );
 * await pullWithYourClient(`${scripted.host}/app:v1`);
 * scripted.expectDone();
 * await scripted.close();
 * ```
 *
 * @packageDocumentation
 */
export type {
  ScriptedResponse as Answer,
  ScriptedBody as AnswerBody,
  Cut,
  HangUp,
} from './server/response.js';
export {
  challengeResponse as challengeAnswer,
  errorResponse as errorAnswer,
  jsonResponse as jsonAnswer,
  noResponse as noAnswer,
  redirectResponse as redirectAnswer,
  tooManyRequests,
} from './server/responses.js';
export type { Fault, FaultPlan, ProxiedExchange } from './faults/fault-plan.js';
export { faultProxy, type FaultProxy, type FaultProxyOptions } from './faults/fault-proxy.js';
export type { Listening, ListenOptions } from './server/listening.js';
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
export type {
  Responder as Answerer,
  ResponderTools as AnswerTools,
  RequestMatch,
  Step,
} from './server/step.js';
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
export type { Target, UpstreamOptions } from './server/upstream.js';
