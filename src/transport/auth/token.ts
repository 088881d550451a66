import { AuthError } from '../../errors/service/auth.js';
import { printable } from '../../internal/printable.js';

/** What a token server answered. */
export interface Token {
  /** Sent as `Authorization: Bearer`. */
  readonly token: string;
  /** Seconds; the server's word, brought into reason. */
  readonly expiresIn: number;
  /** Replaces the identity token that was exchanged. */
  readonly refreshToken: string | undefined;
}

/** By the specification of docker's token server, where `expires_in` is missing. */
const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 24 * 3600;

/**
 * Reads the answer of a token server. The answer itself is never quoted: it may hold a secret, or come from a server
 * that was not meant to be asked.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function parseToken(body: string, realm: URL): Token {
  const refuse = (reason: string): never => {
    throw new AuthError(`the token server ${printable(realm.host)} ${reason}`);
  };
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    return refuse('answered with something else than JSON');
  }
  if (typeof fields !== 'object' || fields === null) return refuse('answered without a token');
  const response = fields as Readonly<Record<string, unknown>>;
  // Both should be equal; where they are not, crane takes this one.
  const token = text(response.access_token) ?? text(response.token);
  if (token === undefined) return refuse('answered without a token');
  if (!/^[\x21-\x7e]+$/.test(token)) return refuse('gave a token that no header can carry');
  return { token, expiresIn: seconds(response.expires_in), refreshToken: text(response.refresh_token) };
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function seconds(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return DEFAULT_SECONDS;
  return Math.min(number, MAX_SECONDS);
}
