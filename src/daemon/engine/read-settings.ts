import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { errorCode } from '../../internal/error-code.js';
import { findJsonError } from '../../internal/json/error-position.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { DaemonTls } from './options.js';

/** A file with settings; undefined if there is none. */
export async function readSettings(file: string): Promise<JsonObject | undefined> {
  const text = (await readIfThere(file))?.replace(/^\ufeff/, '');
  if (text === undefined) return undefined;
  if (text.trim() === '') return {};
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The engine's error is dropped: it quotes the text around the mistake.
    throw new SettingsInvalidError(file, 'not valid JSON', {
      position: findJsonError(text),
      hint: `correct or remove ${file}`,
    });
  }
  if (!isJsonObject(document)) throw new SettingsInvalidError(file, 'not a JSON object');
  return document;
}

/** The certificates and the key of a directory, under the names that docker gives them. */
export async function readCertificates(dir: string): Promise<DaemonTls> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(async (name) => readIfThere(path.join(dir, name))),
  );
  if ((cert === undefined) !== (key === undefined)) {
    const missing = path.join(dir, cert === undefined ? 'cert.pem' : 'key.pem');
    throw new SettingsInvalidError(missing, 'there is no such file, though its counterpart is there');
  }
  return { ca, cert, key };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw fileSystemError('read', file, error);
  }
}
