import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { errorCode } from '../../internal/error-code.js';
import { findJsonError } from '../../internal/json/error-position.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { DaemonTls } from './options.js';

/** Reads a JSON file with settings; undefined if the file does not exist, an empty object if it is empty. */
export async function readSettings(file: string): Promise<JsonObject | undefined> {
  const text = (await readIfExists(file))?.replace(/^\ufeff/, '');
  if (text === undefined) return undefined;
  if (text.trim() === '') return {};
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The error of JSON.parse is dropped, because it quotes the text around the mistake, which may be a secret.
    throw new SettingsInvalidError(file, 'not valid JSON', {
      position: findJsonError(text),
      hint: `correct or remove ${file}`,
    });
  }
  if (!isJsonObject(document)) throw new SettingsInvalidError(file, 'not a JSON object');
  return document;
}

/** Reads the certificates and the key in a directory, under the file names that docker uses. */
export async function readCertificates(dir: string): Promise<DaemonTls> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(async (name) => readIfExists(path.join(dir, name))),
  );
  if ((cert === undefined) !== (key === undefined)) {
    const missing = path.join(dir, cert === undefined ? 'cert.pem' : 'key.pem');
    throw new SettingsInvalidError(missing, 'the file does not exist, but the file that belongs to it does');
  }
  return { ca, cert, key };
}

async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw fileSystemError('read', file, error);
  }
}
