/** How a connection is ended early: in order (`fin`), or with a TCP RST (`reset`). */
export type HangUp = 'fin' | 'reset';

/** Ends the connection in the middle of a body. */
export interface Cut {
  /** The number of bytes of the body that are sent first. */
  readonly after: number;
  /** How the connection is ended. @default 'fin' */
  readonly by?: HangUp | undefined;
}

/** The body of a response. A function is called once per request, and its result is sent as it is produced. */
export type ScriptedBody =
  string | Uint8Array | (() => Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>);

/**
 * A response of a script, with the faults that it should have. `{}` is an empty response with status 200.
 *
 * Nothing is checked: a response may contradict itself or violate HTTP on purpose.
 */
export interface ScriptedResponse {
  /** The HTTP status. @default 200 */
  readonly status?: number | undefined;
  /**
   * Header names and values; an array sends the header once per value. A body of known length gets a `content-length`
   * header. A value that you give replaces it, and `null` omits it, so that the body is sent in chunks.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  /** The body. @default an empty one */
  readonly body?: ScriptedBody | undefined;
  /** The number of bytes of the request's body that are read before the response begins. @default all */
  readonly readRequest?: number | undefined;
  /** Milliseconds to wait before the response begins. @default 0 */
  readonly delayMs?: number | undefined;
  /** Ends the connection before any byte of the response is sent. */
  readonly hangUp?: HangUp | undefined;
  /** Ends the connection in the middle of the body. */
  readonly cut?: Cut | undefined;
  /**
   * Sends nothing more after this many bytes of the body, and keeps the connection open until the client or the server
   * closes it. With -1 not even the headers are sent.
   */
  readonly stallAfter?: number | undefined;
  /** Sends the body in pieces of this many bytes, with a pause of this many milliseconds between them. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number } | undefined;
  /** Bytes that are sent in place of everything else, for responses that no HTTP library would write. The connection ends after them. */
  readonly raw?: string | Uint8Array | undefined;
}
