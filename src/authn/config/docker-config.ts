import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import { findJsonError } from '../../internal/json/error-position.js';
import { printable } from '../../internal/printable.js';
import { parseServerName, type ServerName } from './server-name.js';

/** An entry of a configuration file for a registry or a namespace. */
export interface ConfigEntry {
  /** The key as it is written in the file. */
  readonly key: string;
  readonly server: ServerName;
  readonly value: unknown;
}

/** The parts of docker's `config.json`, or of podman's `auth.json`, that concern credentials. */
export interface DockerConfig {
  /** The file or the variable, for messages. */
  readonly source: string;
  /** Values are checked when they are needed, so that a broken entry does not affect other entries. */
  readonly auths: readonly ConfigEntry[];
  readonly credHelpers: readonly ConfigEntry[];
  readonly credsStore: string | undefined;
}

/**
 * Parses a configuration as docker does: the case of field names is ignored, unknown fields are ignored, and empty text
 * is an empty configuration. If a key occurs twice, the last one replaces the first completely.
 *
 * @throws AuthError if the text is invalid. The message has the position of the mistake, but no part of the content.
 */
export function parseDockerConfig(text: string, source: string): DockerConfig {
  return readDocument(parseConfigDocument(text, source), source);
}

/** The part of a document that concerns credentials. */
export function readDocument(document: JsonObject, source: string): DockerConfig {
  const credsStore = fieldOf(document, 'credsStore') ?? undefined;
  if (credsStore !== undefined && typeof credsStore !== 'string') {
    throw new AuthError(`read ${source}: credsStore is not a string`, { reason: 'config' });
  }
  return {
    source,
    auths: entriesOf(document, 'auths', source),
    credHelpers: entriesOf(document, 'credHelpers', source),
    credsStore: credsStore === '' ? undefined : credsStore,
  };
}

/** Parses the whole document, including unknown fields. */
export function parseConfigDocument(text: string, source: string): JsonObject {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (content.trim() === '') return {};
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch {
    // The error of JSON.parse is dropped, because it quotes the text around the mistake.
    const position = findJsonError(content);
    const where = position && ` at line ${position.line}, column ${position.column}`;
    throw new AuthError(`read ${source}: not valid JSON${where ?? ''}`, {
      reason: 'config',
      hint: `correct or remove ${source}`,
    });
  }
  if (!isJsonObject(document)) throw new AuthError(`read ${source}: not a JSON object`, { reason: 'config' });
  return document;
}

/** The name of a field as an object has it: the same name, or else one that differs only in case, as Go reads JSON. */
export function fieldName(object: JsonObject, name: string): string {
  if (Object.hasOwn(object, name)) return name;
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** The value of a field, whose name may differ in case. */
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
  if (!isJsonObject(table))
    throw new AuthError(`read ${source}: ${name} is not an object`, { reason: 'config' });
  return Object.entries(table).flatMap(([key, value]) => {
    const server = parseServerName(key);
    return server === undefined ? [] : [{ key, server, value }];
  });
}
