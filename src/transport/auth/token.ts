import { AuthError } from '../../errors/service/auth.js';
import { printable } from '../../internal/printable.js';

/** A token that a token server issued. */
export interface Token {
  /** The secret that is sent as `Authorization: Bearer`. */
  readonly token: string;
  /** Lifetime in seconds, as the server says; 60 if it says nothing, and at most a day. */
  readonly expiresIn: number;
  /** A new identity token that replaces the one that was exchanged; undefined if the old one stays valid. */
  readonly refreshToken: string | undefined;
}

/** The lifetime of a token without `expires_in`, by the specification of docker's token server. */
const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 24 * 3600;

/**
 * Parses the response of a token server. Errors never quote it, because it may contain a secret, or come from an
 * internal server that the registry named as its token server.
 *
 * @throws AuthError if the response has no usable token.
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
    return refuse('sent a response that is not JSON');
  }
  if (typeof fields !== 'object' || fields === null) return refuse('sent a response without a token');
  const response = fields as Readonly<Record<string, unknown>>;
  // Both should be equal. If they differ, crane takes `access_token`.
  const token = nonEmptyText(response.access_token) ?? nonEmptyText(response.token);
  if (token === undefined) return refuse('sent a response without a token');
  if (!/^[\x21-\x7e]+$/.test(token)) return refuse('sent a token with characters that a header cannot have');
  return {
    token,
    expiresIn: parseSeconds(response.expires_in),
    refreshToken: nonEmptyText(response.refresh_token),
  };
}

const nonEmptyText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function parseSeconds(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return DEFAULT_SECONDS;
  return Math.min(number, MAX_SECONDS);
}
