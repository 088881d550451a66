import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import { findJsonError } from '../../internal/json/error-position.js';
import { printable } from '../../internal/printable.js';
import { parseServerName, type ServerName } from './server-name.js';

/** Something that a configuration file says about a registry or a namespace. */
export interface ConfigEntry {
  /** As it is written in the file. */
  readonly key: string;
  readonly server: ServerName;
  readonly value: unknown;
}

/** The parts of docker's `config.json`, or of podman's `auth.json`, that are about credentials. */
export interface DockerConfig {
  /** The file, or the variable, for messages. */
  readonly source: string;
  /** Values are not looked at before they are needed, so a broken entry harms nobody else. */
  readonly auths: readonly ConfigEntry[];
  readonly credHelpers: readonly ConfigEntry[];
  readonly credsStore: string | undefined;
}

/**
 * Reads a configuration as docker does: field names in any case, unknown fields ignored, empty text as an empty
 * configuration. Of a key that is given twice the last one counts, with all that is in it.
 *
 * @throws {@link AuthError} with the place of the mistake, and nothing of the content.
 */
export function parseDockerConfig(text: string, source: string): DockerConfig {
  return readDocument(parseConfigDocument(text, source), source);
}

/** The part of a document that is about credentials. */
export function readDocument(document: JsonObject, source: string): DockerConfig {
  const credsStore = fieldOf(document, 'credsStore') ?? undefined;
  if (credsStore !== undefined && typeof credsStore !== 'string') {
    throw new AuthError(`read ${source}: credsStore is not a string`);
  }
  return {
    source,
    auths: entriesOf(document, 'auths', source),
    credHelpers: entriesOf(document, 'credHelpers', source),
    credsStore: credsStore === '' ? undefined : credsStore,
  };
}

/** The whole document, unknown fields included. */
export function parseConfigDocument(text: string, source: string): JsonObject {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (content.trim() === '') return {};
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch {
    // The engine's error is dropped: it quotes the text around the mistake.
    const position = findJsonError(content);
    const place = position && ` at line ${position.line}, column ${position.column}`;
    throw new AuthError(`read ${source}: not valid JSON${place ?? ''}`, {
      hint: `correct or remove ${source}`,
    });
  }
  if (!isJsonObject(document)) throw new AuthError(`read ${source}: not a JSON object`);
  return document;
}

/** The name by which an object has a field: exactly, or else in another case, as Go reads JSON. */
export function fieldName(object: JsonObject, name: string): string {
  if (Object.hasOwn(object, name)) return name;
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

export function fieldOf(object: JsonObject, name: string): unknown {
  const key = fieldName(object, name);
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A key of a file, quoted for a message. */
export function quoteKey(key: string): string {
  return JSON.stringify(printable(key, 160));
}

function entriesOf(document: JsonObject, name: string, source: string): readonly ConfigEntry[] {
  const table = fieldOf(document, name) ?? {};
  if (!isJsonObject(table)) throw new AuthError(`read ${source}: ${name} is not an object`);
  return Object.entries(table).flatMap(([key, value]) => {
    const server = parseServerName(key);
    return server === undefined ? [] : [{ key, server, value }];
  });
}
