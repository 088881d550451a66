import type { ScriptedResponse } from '../server/response.js';
import type { Toxic } from './toxic.js';

/** One request and its answer, as they passed. */
export interface ProxiedExchange {
  readonly method: string;
  readonly url: string;
  /** Of the answer that the client got; undefined if it got none. */
  readonly status: number | undefined;
  /** Bytes of the request's body that were passed on to the target. */
  readonly requestBytes: number;
  /** Bytes of the answer's body that were passed on to the client. */
  readonly responseBytes: number;
  /** What was done to it. */
  readonly fault: Fault | undefined;
}

/** What is done to one exchange. */
export interface Fault {
  /** For reports. */
  readonly name?: string | undefined;
  readonly up?: readonly Toxic[] | undefined;
  readonly down?: readonly Toxic[] | undefined;
  /** Sent in place of the target's answer. */
  readonly response?: ScriptedResponse | undefined;
  /** The target gets the request all the same, and its answer is lost. @default false */
  readonly afterForwarding?: boolean | undefined;
}

/** Decides about every request when its headers have come. */
export type FaultPlan = (request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}) => Fault | undefined;
