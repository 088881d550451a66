import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ContainerError, isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { FileSystemError } from '../../errors/file-system.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import type { RegistrySettings } from '../settings/registry-settings.js';
import { addEntry, type Entries } from './entries.js';
import { readSettingsFile } from './read-settings-file.js';

/** If there are more directories, the rest is ignored. */
const MAX_HOSTS = 1000;

/** A file or directory that could not be used. */
export interface SkippedFile {
  readonly path: string;
  /** The reason. */
  readonly error: ContainerError;
}

/**
 * Reads a `certs.d` of Docker or podman into `entries`: one directory for each `host[:port]`, in which `*.crt` are
 * certificates of authorities, and `NAME.cert` with `NAME.key` is a client certificate. A host that has an entry already
 * keeps it.
 *
 * A file that cannot be read is skipped, because it concerns one host only, and often only root may read client keys.
 *
 * @returns whether the directory exists
 */
export async function readCertsDir(
  certsDir: string,
  entries: Entries,
  skipped: SkippedFile[],
  options: AbortOptions,
): Promise<boolean> {
  const hosts = await listDirectory(certsDir, skipped);
  for (const host of hosts?.slice(0, MAX_HOSTS) ?? []) {
    const directory = path.join(certsDir, host);
    try {
      const settings = await readHost(directory, skipped, options);
      if (settings === undefined) continue;
      const found: Entries = new Map();
      const reason = addEntry(found, host, settings);
      if (reason !== undefined) throw new SettingsInvalidError(directory, reason);
      for (const [name, entry] of found) if (!entries.has(name)) entries.set(name, entry);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isContainerError(error)) throw error;
      skipped.push({ path: directory, error });
    }
  }
  return hosts !== undefined;
}

/** The sorted names in a directory; undefined if the directory does not exist or cannot be read. */
async function listDirectory(
  directory: string,
  skipped: SkippedFile[],
): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(directory)).sort();
  } catch (cause) {
    const error = new FileSystemError('read', directory, cause as NodeJS.ErrnoException);
    if (!['ENOENT', 'ENOTDIR'].includes(error.systemCode)) skipped.push({ path: directory, error });
    return undefined;
  }
}

/** The certificates in the directory of one host; undefined if it has none. */
async function readHost(
  directory: string,
  skipped: SkippedFile[],
  options: AbortOptions,
): Promise<RegistrySettings | undefined> {
  const names = (await listDirectory(directory, skipped)) ?? [];
  const read = async (name: string): Promise<string> => readSettingsFile(path.join(directory, name), options);
  const ca = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const certificateName = names.find((name) => name.endsWith('.cert') && names.includes(keyOf(name)));
  if (ca.length === 0 && certificateName === undefined) return undefined;
  return {
    ...(ca.length > 0 && { ca }),
    ...(certificateName !== undefined && {
      cert: await read(certificateName),
      key: await read(keyOf(certificateName)),
    }),
  };
}

const keyOf = (name: string): string => name.replace(/\.cert$/, '.key');
