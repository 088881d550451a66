import path from 'node:path';
import { isJsonObject } from '../../internal/json/json-object.js';
import type { Environment } from '../../authn/config/locations.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { sha256Bytes, hashHex } from '../../v1/hash.js';
import { type Endpoint, parseHost } from './endpoint.js';
import { readCertificates, readSettings } from './read-settings.js';

/** The name of the context that the user chose with `docker context use`; undefined for the default context. */
export async function currentContext(configDir: string): Promise<string | undefined> {
  const file = path.join(configDir, 'config.json');
  const name = (await readSettings(file))?.currentContext;
  if (name === undefined || name === null || name === '' || name === 'default') return undefined;
  if (typeof name !== 'string') throw new SettingsInvalidError(file, 'currentContext is not a string');
  return name;
}

/**
 * The endpoint of a context's daemon, with the certificates that are stored for the context.
 *
 * @throws NotFoundError if the context does not exist.
 */
export async function contextEndpoint(name: string, configDir: string, env: Environment): Promise<Endpoint> {
  const id = hashHex(sha256Bytes(Buffer.from(name)));
  const file = path.join(configDir, 'contexts', 'meta', id, 'meta.json');
  const meta = await readSettings(file);
  if (meta === undefined) {
    throw new NotFoundError(`docker context ${JSON.stringify(name.slice(0, 128))}: not found`, {
      hint: '`docker context ls` lists the contexts',
    });
  }
  const { Endpoints: endpoints } = meta;
  const endpoint = isJsonObject(endpoints) ? endpoints.docker : undefined;
  if (!isJsonObject(endpoint) || typeof endpoint.Host !== 'string') {
    throw new SettingsInvalidError(file, 'the context does not name the host of its daemon');
  }
  const certificates = await readCertificates(path.join(configDir, 'contexts', 'tls', id, 'docker'));
  const insecureSkipVerify = endpoint.SkipTLSVerify === true;
  const hasCertificates = Object.values(certificates).some((text) => text !== undefined);
  return parseHost(
    endpoint.Host,
    env,
    hasCertificates || insecureSkipVerify ? { ...certificates, insecureSkipVerify } : undefined,
  );
}
