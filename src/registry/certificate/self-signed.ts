import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import * as der from './der.js';

/** A self-signed certificate and its private key, as PEM text. */
export interface SelfSigned {
  /** A client that trusts it as an authority accepts the server. */
  readonly cert: string;
  readonly key: string;
}

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const SUBJECT_ALT_NAME = '2.5.29.17';

const DAY_MS = 86_400_000;

/**
 * Makes a certificate for host names and IPv4 addresses, valid from yesterday for a year.
 * Node can read certificates but not make them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function selfSigned(hosts: readonly [string, ...string[]]): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = der.sequence(der.objectIdentifier(ECDSA_WITH_SHA256));
  // Some verifiers distinguish authorities only by name, so each certificate has a unique name.
  const serial = randomBytes(16);
  const name = distinguishedName(`${hosts[0].slice(0, 40)} ${serial.toString('hex', 0, 6)}`);
  const body = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))),
    der.integer(positive(serial)),
    algorithm,
    name,
    der.sequence(der.time(new Date(Date.now() - DAY_MS)), der.time(new Date(Date.now() + 365 * DAY_MS))),
    name,
    spki,
    der.explicit(3, der.sequence(...extensions(hosts, spki))),
  );
  const certificate = der.sequence(body, algorithm, der.bitString(sign('sha256', body, privateKey)));
  return { cert: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function extensions(hosts: readonly string[], spki: Uint8Array): readonly Uint8Array[] {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? der.implicit(7, Uint8Array.from(host.split('.').map(Number)))
      : der.implicit(2, Buffer.from(host)),
  );
  const keyIdentifier = createHash('sha256').update(spki).digest().subarray(0, 20);
  return [
    extension(SUBJECT_KEY_IDENTIFIER, false, der.octetString(keyIdentifier)),
    extension(BASIC_CONSTRAINTS, true, der.sequence(der.boolean(true))),
    extension(SUBJECT_ALT_NAME, false, der.sequence(...names)),
  ];
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return der.sequence(
    der.objectIdentifier(id),
    ...(critical ? [der.boolean(true)] : []),
    der.octetString(value),
  );
}

function distinguishedName(commonName: string): Uint8Array {
  const attribute = der.sequence(der.objectIdentifier(COMMON_NAME), der.utf8String(commonName));
  return der.sequence(der.set(attribute));
}

/** Makes the number positive and its first byte non-zero, as DER requires of integers. */
function positive(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (byte, position) => (position === 0 ? (byte & 0x3f) | 0x40 : byte));
}

function pem(certificate: Uint8Array): string {
  const lines = Buffer.from(certificate).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
