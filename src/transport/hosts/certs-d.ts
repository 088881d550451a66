import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ContainerError, isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { FileSystemError } from '../../errors/file-system.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import type { RegistrySettings } from '../settings/registry-settings.js';
import { addEntry, type Entries } from './check-entry.js';
import { readSettingsFile } from './read-settings-file.js';

/** Directories beyond this many are not looked at. */
const MAX_HOSTS = 1000;

/** A file that could not be used, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly error: ContainerError;
}

/**
 * Reads a `certs.d` of Docker or podman into `entries`: one directory for each `host[:port]`, in which `*.crt` are
 * authorities, and `NAME.cert` with `NAME.key` a client certificate. A host that has settings already keeps them.
 *
 * What cannot be read is skipped, because it concerns one host, and client keys are often for root alone.
 *
 * @returns whether there is such a directory
 */
export async function readCertsDir(
  folder: string,
  entries: Entries,
  skipped: SkippedFile[],
  options: AbortOptions,
): Promise<boolean> {
  const hosts = await namesIn(folder, skipped);
  for (const host of hosts?.slice(0, MAX_HOSTS) ?? []) {
    const directory = path.join(folder, host);
    try {
      const settings = await readHost(directory, skipped, options);
      if (settings === undefined) continue;
      const found: Entries = new Map();
      const reason = addEntry(found, host, settings);
      if (reason !== undefined) throw new SettingsInvalidError(directory, reason);
      for (const [name, own] of found) if (!entries.has(name)) entries.set(name, own);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isContainerError(error)) throw error;
      skipped.push({ path: directory, error });
    }
  }
  return hosts !== undefined;
}

/** The names in a directory, in order; undefined if there is none. */
async function namesIn(directory: string, skipped: SkippedFile[]): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(directory)).sort();
  } catch (cause) {
    const error = new FileSystemError('read', directory, cause as NodeJS.ErrnoException);
    if (!['ENOENT', 'ENOTDIR'].includes(error.systemCode)) skipped.push({ path: directory, error });
    return undefined;
  }
}

async function readHost(
  directory: string,
  skipped: SkippedFile[],
  options: AbortOptions,
): Promise<RegistrySettings | undefined> {
  const names = (await namesIn(directory, skipped)) ?? [];
  const read = async (name: string): Promise<string> => readSettingsFile(path.join(directory, name), options);
  const ca = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const pair = names.find((name) => name.endsWith('.cert') && names.includes(keyOf(name)));
  if (ca.length === 0 && pair === undefined) return undefined;
  return {
    ...(ca.length > 0 && { ca }),
    ...(pair !== undefined && { cert: await read(pair), key: await read(keyOf(pair)) }),
  };
}

const keyOf = (name: string): string => name.replace(/\.cert$/, '.key');
