import type { ScriptedResponse } from '../server/response.js';
import type { Toxic } from './toxic.js';

/** One request and its response, as they passed through a proxy. */
export interface ProxiedExchange {
  /** The method of the request. */
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  /** The status of the response that the client received; undefined if it received none so far. */
  readonly status: number | undefined;
  /** The number of bytes of the request's body that the proxy has forwarded to the target so far. */
  readonly requestBytes: number;
  /** The number of bytes of the response's body that the proxy has forwarded to the client so far. */
  readonly responseBytes: number;
  /** The fault that the plan chose for this exchange. */
  readonly fault: Fault | undefined;
}

/** What a proxy does to one exchange. */
export interface Fault {
  /** A name for reports. */
  readonly name?: string | undefined;
  /** Toxics for the body of the request. They apply before those of the proxy. */
  readonly up?: readonly Toxic[] | undefined;
  /** Toxics for the body of the response. They apply before those of the proxy. */
  readonly down?: readonly Toxic[] | undefined;
  /** A response that the client receives in place of the target's. */
  readonly response?: ScriptedResponse | undefined;
  /** With `response`: the proxy forwards the request first, and discards the target's response. @default false */
  readonly afterForwarding?: boolean | undefined;
}

/** Chooses the fault for a request. It is called when the headers of the request have arrived. */
export type FaultPlan = (request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}) => Fault | undefined;
