import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The authority that signed all of them. */
  readonly ca: string;
  /** For localhost and 127.0.0.1. */
  readonly server: KeyPair;
  /** For wrong.example only. */
  readonly wrongHost: KeyPair;
  /** For localhost, until yesterday. */
  readonly expired: KeyPair;
  readonly client: KeyPair;
}

const run = promisify(execFile);
let created: Promise<Certificates> | undefined;

/** Certificates of an authority for this run. openssl creates them at the first call. */
export const certificates = (): Promise<Certificates> => (created ??= createCertificates());

async function createCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(path.join(tmpdir(), 'certificates-'));
  const file = (name: string): string => path.join(directory, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const sign = async (name: string, extensions: string, days: string): Promise<KeyPair> => {
    await openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(file(`${name}.ext`), extensions);
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', days, '-extfile', `${name}.ext`, '-out', `${name}.pem`],
    );
    return {
      cert: await readFile(file(`${name}.pem`), 'utf8'),
      key: await readFile(file(`${name}.key`), 'utf8'),
    };
  };
  try {
    await openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
    );
    return {
      ca: await readFile(file('ca.pem'), 'utf8'),
      server: await sign('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '2'),
      wrongHost: await sign('wrong', 'subjectAltName=DNS:wrong.example', '2'),
      expired: await sign('expired', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-1'),
      client: await sign('client', 'extendedKeyUsage=clientAuth', '2'),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
