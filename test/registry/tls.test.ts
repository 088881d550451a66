import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import * as der from '../../src/registry/certificate/der.js';
import { selfSigned } from '../../src/registry/certificate/self-signed.js';
import { tls } from '../../src/registry/tls.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

async function status(url: string, ca: string, servername?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca, ...(servername === undefined ? {} : { servername }) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}

describe('registry.tls', () => {
  it('serves clients that trust its certificate, under each of its names', async () => {
    const server = await tls('registry.example.com');
    try {
      expect(server.url).toBe(`https://${server.host}`);
      expect(await status(`${server.url}/v2/`, server.ca)).toBe(200);
      expect(await status(`${server.url}/v2/`, server.ca, 'registry.example.com')).toBe(200);
      await expect(status(`${server.url}/v2/`, server.ca, 'other.example.com')).rejects.toMatchObject({
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      });
      await expect(status(`${server.url}/v2/`, selfSigned(['localhost']).cert)).rejects.toThrow(
        /certificate/,
      );
    } finally {
      await server.close();
    }
  });
});

describe('selfSigned', () => {
  it('makes a certificate that Node reads and verifies', () => {
    const { cert } = selfSigned(['registry.example.com', '127.0.0.1']);
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.subjectAltName).toBe('DNS:registry.example.com, IP Address:127.0.0.1');
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(Date.now());
    expect(new Date(certificate.validTo).getTime()).toBeGreaterThan(Date.now());
  });

  it('makes a certificate that openssl accepts', () => {
    const file = temp.path('cert.pem');
    writeFileSync(file, selfSigned(['registry.example.com']).cert);
    const verified = execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', file, file], {
      encoding: 'utf8',
    });
    expect(verified).toContain('OK');
  });

  it('uses a new key and a new serial number for each certificate', () => {
    const [first, second] = [selfSigned(['a']), selfSigned(['a'])].map(
      ({ cert }) => new X509Certificate(cert),
    );
    expect(first?.serialNumber).not.toBe(second?.serialNumber);
    expect(first?.fingerprint256).not.toBe(second?.fingerprint256);
  });

  it('makes a key that matches the certificate in a TLS handshake', async () => {
    const server = await tls();
    try {
      const authorized = await new Promise<boolean>((resolve, reject) => {
        const socket = connect({ port: server.port, host: '127.0.0.1', ca: server.ca }, () => {
          resolve(socket.authorized);
          socket.destroy();
        });
        socket.once('error', reject);
      });
      expect(authorized).toBe(true);
    } finally {
      await server.close();
    }
  });
});

describe('der', () => {
  it.each([
    ['a short value', der.octetString(Buffer.alloc(3, 1)), '0403010101'],
    ['a length of one byte', der.octetString(Buffer.alloc(200)).subarray(0, 3), '0481c8'],
    ['a length of two bytes', der.octetString(Buffer.alloc(300)).subarray(0, 4), '0482012c'],
    ['an integer with a leading bit', der.integer(Uint8Array.of(0x80)), '02020080'],
    ['an object identifier', der.objectIdentifier('1.2.840.113549'), '06062a864886f70d'],
    ['a time before 2050', der.time(new Date('2049-12-31T23:59:58Z')), '170d3439313233313233353935385a'],
    ['a time after 2049', der.time(new Date('2050-01-01T00:00:00Z')), '180f32303530303130313030303030305a'],
  ])('encodes %s', (_name, bytes, hex) => {
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
  });
});
