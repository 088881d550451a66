import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { KeyPair } from '../../support/servers/certificates.js';

export interface TokenIssuer {
  readonly realm: string;
  /** Scopes of the issued tokens, in order. */
  readonly scopes: readonly string[];
  close(): Promise<void>;
}

export const SERVICE = 'registry.test';
export const ISSUER = 'issuer.test';

/**
 * A token server whose tokens Distribution's registry accepts: they are signed with a key whose certificate is in its
 * `rootcertbundle`. A client with the password gets every scope it requests; any other client may only pull.
 */
export async function startTokenIssuer(pair: KeyPair, credentials: string): Promise<TokenIssuer> {
  const scopes: string[] = [];
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://issuer');
    const known = request.headers.authorization === expected;
    if (request.headers.authorization !== undefined && !known) {
      response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}');
      return;
    }
    const options = url.searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
    scopes.push(...options);
    const access = options.map((scope) => {
      const [type, name, actions = ''] = scope.split(':');
      return { type, name, actions: actions.split(',').filter((action) => known || action === 'pull') };
    });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token: jwt(pair, access), expires_in: 300 }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    scopes,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function jwt({ cert, key }: KeyPair, access: readonly object[]): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(cert).raw.toString('base64')] };
  const claims = {
    iss: ISSUER,
    sub: 'alice',
    aud: SERVICE,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const content = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(content), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return `${content}.${signature.toString('base64url')}`;
}
