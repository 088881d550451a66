import path from 'node:path';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { findJsonError } from '../../internal/json/error-position.js';
import { parseStrictJson } from '../../internal/json/strict-json.js';
import type { RequestLimits } from '../wire/gate.js';
import type { Mirror, RegistrySettings, TrustSettings } from '../settings/registry-settings.js';
import { parseHostPattern } from '../guard/host-pattern.js';
import { addEntry, type Entries } from './entries.js';
import {
  elementsOf,
  type Field,
  booleanOf,
  membersOf,
  numberOf,
  optional,
  pathText,
  stringOf,
} from './field.js';
import { locateJson } from './locate-json.js';
import { readSettingsFile } from './read-settings-file.js';

const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 16, maxValues: 100_000 };

const LIMIT_MEMBERS = ['requestsPerSecond', 'maxConcurrentRequests'];
const TRUST_MEMBERS = ['trustedRealms', 'allowedHosts'];
const MIRROR_MEMBERS = ['location', 'insecure', 'pull'];
const REGISTRY_MEMBERS = [
  ...['ca', 'cert', 'key', 'insecure', 'headers', 'mirrors', 'mirrorByDigestOnly', 'location', 'blocked'],
  ...LIMIT_MEMBERS,
  ...TRUST_MEMBERS,
];

/** The settings of a file for all registries. */
export interface GeneralSettings extends RequestLimits, TrustSettings {}

/**
 * Reads a `hosts.json` into `entries`. Its members are those of `TransportOptions`; certificates and keys are PEM text,
 * or paths relative to the file. An unknown member is an error, because it may be a misspelled `blocked`.
 *
 * @throws SettingsInvalidError if the file is invalid; it has the position of the mistake.
 */
export async function readHostsFile(
  file: string,
  entries: Entries,
  options: AbortOptions,
): Promise<GeneralSettings> {
  const text = await readSettingsFile(file, options);
  const root: Field = {
    value: parse(text, file),
    path: [],
    fail: (at, reason) =>
      new SettingsInvalidError(file, at.length === 0 ? reason : `${pathText(at)} ${reason}`, {
        position: locateJson(text, at),
      }),
  };
  const members = membersOf(root, ['$schema', 'registries', ...LIMIT_MEMBERS, ...TRUST_MEMBERS]);
  const registries = members.get('registries');
  for (const [key, field] of registries === undefined ? [] : membersOf(registries)) {
    const settings = await readRegistry(field, path.dirname(file), options);
    const reason = addEntry(entries, key, settings);
    if (reason !== undefined) throw field.fail(field.path, `cannot be used: ${reason}`);
  }
  return { ...readLimits(members), ...readTrust(members) };
}

function parse(text: string, file: string): unknown {
  try {
    return parseStrictJson(text, file, LIMITS);
  } catch (error) {
    if (error instanceof LimitExceededError)
      throw new SettingsInvalidError(file, error.message, { cause: error });
    if (!(error instanceof SyntaxError)) throw error;
    throw new SettingsInvalidError(file, error.message, { position: findJsonError(text) });
  }
}

function readLimits(members: ReadonlyMap<string, Field>): RequestLimits {
  return {
    requestsPerSecond: optional(members, 'requestsPerSecond', numberOf),
    maxConcurrentRequests: optional(members, 'maxConcurrentRequests', numberOf),
  };
}

function readTrust(members: ReadonlyMap<string, Field>): TrustSettings {
  const hosts = (of: Field): readonly string[] =>
    elementsOf(of).map((element) => {
      const text = stringOf(element);
      if (parseHostPattern(text) !== undefined) return text;
      throw element.fail(element.path, 'must be host, host:port, https://host or *.domain');
    });
  return {
    trustedRealms: optional(members, 'trustedRealms', hosts),
    allowedHosts: optional(members, 'allowedHosts', hosts),
  };
}

async function readRegistry(
  field: Field,
  directory: string,
  options: AbortOptions,
): Promise<RegistrySettings> {
  const members = membersOf(field, REGISTRY_MEMBERS);
  const pem = async (of: Field): Promise<string> => {
    const text = stringOf(of);
    return text.includes('-----BEGIN') ? text : readSettingsFile(path.resolve(directory, text), options);
  };
  const ca = members.get('ca');
  const authorities = ca === undefined || Array.isArray(ca.value) ? ca && elementsOf(ca) : [ca];
  const headers = optional(members, 'headers', (of) => [...membersOf(of)]);
  return {
    ca: authorities && (await Promise.all(authorities.map(pem))),
    cert: await optional(members, 'cert', pem),
    key: await optional(members, 'key', pem),
    insecure: optional(members, 'insecure', booleanOf),
    headers: headers && Object.fromEntries(headers.map(([name, value]) => [name, stringOf(value)])),
    mirrors: optional(members, 'mirrors', (of) => elementsOf(of).map(readMirror)),
    mirrorByDigestOnly: optional(members, 'mirrorByDigestOnly', booleanOf),
    location: optional(members, 'location', stringOf),
    blocked: optional(members, 'blocked', booleanOf),
    ...readLimits(members),
    ...readTrust(members),
  };
}

function readMirror(field: Field): string | Mirror {
  if (typeof field.value === 'string') return field.value;
  const members = membersOf(field, MIRROR_MEMBERS);
  const location = members.get('location');
  if (location === undefined) throw field.fail(field.path, 'has no location');
  return {
    location: stringOf(location),
    insecure: optional(members, 'insecure', booleanOf),
    pull: optional(members, 'pull', (of) => {
      const text = stringOf(of);
      if (text === 'all' || text === 'digest-only' || text === 'tag-only') return text;
      throw of.fail(of.path, 'must be all, digest-only or tag-only');
    }),
  };
}
