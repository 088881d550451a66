import type { RecordedRequest } from './server/recorded-request.js';

/** The request of a client to a token server. */
export interface TokenRequest {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly refreshToken: string | undefined;
  readonly scopes: readonly string[];
}

/** Reads both kinds of request: GET with Basic credentials, and POST with an OAuth2 form. */
export function readTokenRequest({ method, url, headers, body }: RecordedRequest): TokenRequest {
  const query = method === 'POST' ? Buffer.from(body).toString() : (url.split('?', 2)[1] ?? '');
  const fields = new URLSearchParams(query);
  const scopes = fields.getAll('scope').flatMap((scope) => scope.split(' ').filter((one) => one !== ''));
  const field = (name: string): string | undefined => fields.get(name) ?? undefined;
  if (method === 'POST') {
    return {
      user: field('username'),
      password: field('password'),
      refreshToken: field('refresh_token'),
      scopes,
    };
  }
  const encoded = /^basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return { user: undefined, password: undefined, refreshToken: undefined, scopes };
  const credentials = Buffer.from(encoded, 'base64').toString();
  const colon = credentials.indexOf(':');
  return {
    user: credentials.slice(0, colon),
    password: credentials.slice(colon + 1),
    refreshToken: undefined,
    scopes,
  };
}
