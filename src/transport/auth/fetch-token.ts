import type { AuthConfig } from '../../authn/config/authenticator.js';
import { AuthError } from '../../errors/service/auth.js';
import { isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { errorFromResponse, type ErrorSubject } from '../wire/check-error.js';
import type { AddressGuard, HttpRequest, HttpResponse } from '../guard/http-client.js';
import type { Context } from './context.js';
import { basicAuthorization, isAnonymous } from './credentials.js';
import { publish } from '../wire/diagnostics.js';
import { requestError } from '../wire/network-error.js';
import { readText } from '../wire/content-encoding.js';
import { discard } from '../wire/read-capped.js';
import { redactUrl } from '../wire/redact.js';
import { retrying } from '../wire/retry.js';
import { parseToken, type Token } from './token.js';

/** A request for a token. */
export interface TokenRequest {
  /** The host that named the token server, for messages. */
  readonly registry: string;
  /** The URL of the token server. The caller has checked that it may see the credentials. */
  readonly realm: URL;
  readonly guard: AddressGuard;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** The credentials; an empty object requests a token anonymously. */
  readonly config: AuthConfig;
}

const CLIENT_ID = 'containerregistry';
const BODY_CAP = 64 * 1024;

/**
 * Requests a bearer token from a token server: with OAuth2 for an identity token, with docker's GET otherwise. Redirects
 * are not followed, so that no other server sees the credentials.
 *
 * @throws AuthError if the server refuses the credentials, or its response has no token.
 * @throws TransportError if there is no response, or the failure is temporary after all retries.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export async function fetchToken(
  context: Context,
  request: TokenRequest,
  options: AbortOptions,
): Promise<Token> {
  const { realm, scopes, config } = request;
  const identityToken = config.identityToken ?? '';
  const fromRefreshToken =
    identityToken === '' ? undefined : await exchangeRefreshToken(context, request, identityToken, options);
  const token = fromRefreshToken ?? (await fetchWithPassword(context, request, options));
  publish('token', () => ({ realm: redactUrl(realm), scopes, expiresInMs: token.expiresIn * 1000 }));
  return token;
}

/** Exchanges an identity token by OAuth2; undefined if the server does not have this endpoint. */
async function exchangeRefreshToken(
  context: Context,
  request: TokenRequest,
  refreshToken: string,
  options: AbortOptions,
): Promise<Token | undefined> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: CLIENT_ID,
    scope: request.scopes.join(' '),
  });
  if (request.service !== undefined) form.set('service', request.service);
  return requestToken(context, request, options, {
    method: 'POST',
    url: request.realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
    fallback: [404, 405],
  });
}

async function fetchWithPassword(
  context: Context,
  request: TokenRequest,
  options: AbortOptions,
): Promise<Token> {
  const url = new URL(request.realm);
  if (request.service !== undefined) url.searchParams.set('service', request.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  const authorization = basicAuthorization(request.config);
  const headers = authorization === undefined ? {} : { authorization };
  const token = await requestToken(context, request, options, { method: 'GET', url, headers, fallback: [] });
  if (token === undefined) throw new AuthError('the token server sent no token');
  return token;
}

interface TokenServerRequest extends Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'> {
  /** Statuses that mean that the server does not support this way to request a token. */
  readonly fallback: readonly number[];
}

async function requestToken(
  context: Context,
  { guard, registry, config }: TokenRequest,
  { signal }: AbortOptions,
  { fallback, ...serverRequest }: TokenServerRequest,
): Promise<Token | undefined> {
  const { wire, clock, retry: policy } = context;
  const { url } = serverRequest;
  const headers = { accept: 'application/json', ...context.headers(url), ...serverRequest.headers };
  const attempt = async (): Promise<Token | undefined> => {
    const response = await wire({
      ...serverRequest,
      step: 'token',
      headers,
      guard,
      tls: context.tls(url),
      signal,
    });
    if (fallback.includes(response.status)) {
      discard(response.body);
      return undefined;
    }
    if (response.status !== 200 && response.status !== 201) {
      throw await refusal(response, serverRequest, registry, config);
    }
    const { bytes, truncated } = await readText(response, BODY_CAP).catch((error: unknown) => {
      if (isContainerError(error)) throw error;
      throw requestError(
        { ...serverRequest, step: 'token' },
        'the connection was closed in the middle',
        true,
      );
    });
    if (truncated)
      throw new AuthError(`the token server ${url.host} sent a response of more than ${BODY_CAP} bytes`);
    return parseToken(bytes.toString('utf8'), url);
  };
  return retrying(attempt, { policy, clock, signal });
}

async function refusal(
  response: HttpResponse,
  serverRequest: ErrorSubject,
  registry: string,
  config: AuthConfig,
): Promise<Error> {
  const error = await errorFromResponse(response, { ...serverRequest, step: 'token' });
  if (error.temporary) return error;
  const { status } = response;
  const isRefused = status === 401 || status === 403;
  return new AuthError(error.message, {
    cause: error,
    status,
    reason: isRefused ? (isAnonymous(config) ? 'missing' : 'refused') : 'other',
    hint: refusalHint(status, registry, config),
  });
}

function refusalHint(status: number, registry: string, config: AuthConfig): string {
  if (status !== 401 && status !== 403) {
    return `ask the operator of ${registry}, which named this token server: it may be down or have moved`;
  }
  return isAnonymous(config)
    ? `log in to ${registry}: its token server issues no token without credentials`
    : `log in to ${registry} again: its token server does not accept these credentials`;
}
