/** How a connection ends before its time: orderly, or with an RST. */
export type HangUp = 'fin' | 'reset';

/** Where a body stops arriving. */
export interface Cut {
  /** Bytes of the body that are sent before. */
  readonly after: number;
  /** @default 'fin' */
  readonly by?: HangUp | undefined;
}

/** The body of an answer; a function is called for every request. */
export type ScriptedBody =
  string | Uint8Array | (() => Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>);

/**
 * One scripted answer, faults included. `{}` is an empty 200.
 *
 * Nothing is checked: an answer may contradict itself or HTTP, that is what it is for.
 */
export interface ScriptedResponse {
  /** @default 200 */
  readonly status?: number | undefined;
  /**
   * A body of known length brings a `content-length`; another one of yours replaces it, and `null` leaves it out, so
   * that the body is sent in chunks.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly body?: ScriptedBody | undefined;
  /** Bytes of the request's body that are read before the answer begins. @default all of it */
  readonly readRequest?: number | undefined;
  /** Waits before the answer begins. */
  readonly delayMs?: number | undefined;
  /** Ends the connection without a byte of an answer. */
  readonly hangUp?: HangUp | undefined;
  /** Ends the connection in the middle of the body. */
  readonly cut?: Cut | undefined;
  /** Goes silent after so many bytes of the body, for as long as the client waits; -1 does not even send the headers. */
  readonly stallAfter?: number | undefined;
  /** Sends the body in small pieces with pauses in between. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number } | undefined;
  /** Sent as it is in place of everything else, for what no HTTP library would write; the connection ends after it. */
  readonly raw?: string | Uint8Array | undefined;
}
