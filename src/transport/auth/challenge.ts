import { AuthError } from '../../errors/service/auth.js';

/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`, ... */
  readonly scheme: string;
  /** The names are in lower case. If a name is repeated, its first value counts. */
  readonly parameters: ReadonlyMap<string, string>;
  /** A Basic challenge that the server offers beside this Bearer challenge. */
  readonly alternative?: Challenge | undefined;
}

const MAX_LENGTH = 16 * 1024;
const MAX_CHALLENGES = 16;

// Sticky expressions without nested repetition: every character is examined a bounded number of times.
const SEPARATOR = /[ \t,]*/y;
const SPACE = /[ \t]*/y;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
/** Wider than a token, because some servers send URLs and scopes without quotes. */
const UNQUOTED = /[^\s,"]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;

/** Reads a text from left to right. */
class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  get done(): boolean {
    return this.#at >= this.text.length;
  }

  /** Consumes a match at the current position. If there is none, returns undefined and does not move. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  /** Consumes `name =`. If that does not follow, returns undefined and does not move. */
  takeName(): string | undefined {
    const start = this.#at;
    const name = this.take(TOKEN)?.[0];
    if (name !== undefined && this.take(EQUALS)) return name.toLowerCase();
    this.#at = start;
    return undefined;
  }
}

/**
 * Parses the challenges of one or several `WWW-Authenticate` headers joined with `, `, in linear time. Accepts the
 * mistakes of real servers (values without quotes, missing commas), but not an open quote.
 *
 * @throws AuthError if the text is ambiguous or too long.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > MAX_LENGTH) throw malformed(`it is longer than ${MAX_LENGTH} characters`);
  const scanner = new Scanner(header);
  const challenges: Challenge[] = [];
  for (;;) {
    scanner.take(SEPARATOR);
    if (scanner.done) return challenges;
    if (challenges.length === MAX_CHALLENGES)
      throw malformed(`it holds more than ${MAX_CHALLENGES} challenges`);
    const scheme = scanner.take(TOKEN)?.[0];
    if (scheme === undefined) throw malformed('a scheme is missing');
    challenges.push({ scheme: scheme.toLowerCase(), parameters: parseParameters(scanner) });
  }
}

function parseParameters(scanner: Scanner): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  // `Negotiate abc==` has one opaque word instead of parameters. No scheme that is supported has one.
  scanner.take(SPACE);
  if (scanner.take(TOKEN68)) return parameters;
  for (;;) {
    scanner.take(SEPARATOR);
    const name = scanner.takeName();
    if (name === undefined) return parameters;
    const quoted = scanner.take(QUOTED);
    const value = quoted ? quoted[1]?.replace(/\\(.)/gs, '$1') : (scanner.take(UNQUOTED)?.[0] ?? '');
    if (quoted === undefined && scanner.take(/"/y)) throw malformed('a quote is not closed');
    if (!parameters.has(name)) parameters.set(name, value ?? '');
  }
}

function malformed(reason: string): AuthError {
  return new AuthError(`cannot read the registry's authentication challenge: ${reason}`);
}

/** Chooses the challenge that is used: Bearer, with Basic as its alternative, or else Basic. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const [bearer, basic] = ['bearer', 'basic'].map((scheme) =>
    challenges.find((challenge) => challenge.scheme === scheme),
  );
  return bearer !== undefined && basic !== undefined ? { ...bearer, alternative: basic } : (bearer ?? basic);
}
