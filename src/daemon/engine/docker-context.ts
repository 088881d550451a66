import path from 'node:path';
import { isJsonObject } from '../../internal/json/json-object.js';
import type { Environment } from '../../authn/config/locations.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { sha256Bytes, hashHex } from '../../v1/hash.js';
import { type Endpoint, parseHost } from './endpoint.js';
import { readCertificates, readSettings } from './read-settings.js';

/** The context that a user chose with `docker context use`; undefined if it is the default one. */
export async function currentContext(configDir: string): Promise<string | undefined> {
  const file = path.join(configDir, 'config.json');
  const name = (await readSettings(file))?.currentContext;
  if (name === undefined || name === null || name === '' || name === 'default') return undefined;
  if (typeof name !== 'string') throw new SettingsInvalidError(file, 'currentContext is not a string');
  return name;
}

/**
 * Where the daemon of a context listens, with the certificates that are stored for it.
 *
 * @throws {@link NotFoundError} if there is no such context.
 */
export async function contextEndpoint(name: string, configDir: string, env: Environment): Promise<Endpoint> {
  const id = hashHex(sha256Bytes(Buffer.from(name)));
  const file = path.join(configDir, 'contexts', 'meta', id, 'meta.json');
  const meta = await readSettings(file);
  if (meta === undefined) {
    throw new NotFoundError(`docker context ${JSON.stringify(name.slice(0, 128))}: there is none`, {
      hint: '`docker context ls` lists them',
    });
  }
  const { Endpoints: endpoints } = meta;
  const endpoint = isJsonObject(endpoints) ? endpoints.docker : undefined;
  if (!isJsonObject(endpoint) || typeof endpoint.Host !== 'string') {
    throw new SettingsInvalidError(file, 'the context does not say where its daemon listens');
  }
  const stored = await readCertificates(path.join(configDir, 'contexts', 'tls', id, 'docker'));
  const insecureSkipVerify = endpoint.SkipTLSVerify === true;
  const any = Object.values(stored).some((text) => text !== undefined);
  return parseHost(
    endpoint.Host,
    env,
    any || insecureSkipVerify ? { ...stored, insecureSkipVerify } : undefined,
  );
}
