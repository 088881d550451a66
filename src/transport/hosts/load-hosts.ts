import { readdir } from 'node:fs/promises';
import { devNull } from 'node:os';
import path from 'node:path';
import { FileSystemError } from '../../errors/file-system.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { deepFreeze } from '../../internal/json/freeze.js';
import { checkLimits } from '../settings/limits.js';
import type { RegistrySettings } from '../settings/registry-settings.js';
import { readCertsDir, type SkippedFile } from './certs-d.js';
import type { Entries } from './entries.js';
import { type HostFiles, hostFiles, type HostFilesOptions, type SettingsFile } from './host-files.js';
import { type GeneralSettings, readHostsFile } from './hosts-file.js';
import { readRegistriesConf } from './registries-conf.js';

/** The options of {@link loadHosts}. */
export interface LoadHostsOptions extends HostFilesOptions, AbortOptions {
  /**
   * The `hosts.json` to read, which must exist; `false` reads none.
   *
   * @default $CONTAINERREGISTRY_HOSTS, or else containerregistry/hosts.json in $XDG_CONFIG_HOME or ~/.config
   */
  readonly hostsFile?: string | false | undefined;
  /**
   * The `registries.conf` to read, which must exist, without drop-in files; `false` reads none.
   *
   * @default $CONTAINERS_REGISTRIES_CONF, or else that of the user, or else that of the machine; and all drop-in files
   */
  readonly registriesConf?: string | false | undefined;
  /**
   * Directories with certificates by host. For each host, only the first directory that has it is read.
   *
   * @default certs.d of containers and docker, for the user and then for the machine
   */
  readonly certsDirs?: readonly string[] | undefined;
}

/** Settings from files, in the form of `TransportOptions`. */
export interface LoadedHosts extends GeneralSettings {
  /** Settings by host or namespace, deeply frozen. */
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** The files and directories that were read, in this order: later ones override earlier ones. */
  readonly files: readonly string[];
  /** Certificates that could not be used, each with the reason. */
  readonly skipped: readonly SkippedFile[];
}

// Start reading this room here. `host-files` has the locations of the settings files, and one file reads each format:
// `certs-d`, `registries-conf` and `hosts-file`. `entries` collects the settings, and `field` reads members of a file.

/**
 * Reads the settings for registries that this machine and its user have: certificates in `certs.d`, mirrors in
 * `registries.conf`, and all settings in `hosts.json`, which overrides the other files. Spread the result into the
 * options of `crane` and `remote`, which read no settings files themselves.
 *
 * @throws SettingsInvalidError if a file is invalid; it has the position of the mistake.
 * @throws FileSystemError if a file that exists, or that an option or a variable names, cannot be read.
 */
export async function loadHosts(options: LoadHostsOptions = {}): Promise<LoadedHosts> {
  const defaults = hostFiles(options);
  const { hostsFile, registriesConf, certsDirs = defaults.certsDirs } = options;
  const entries: Entries = new Map();
  const files: string[] = [];
  const skipped: SkippedFile[] = [];

  for (const directory of certsDirs) {
    if (await readCertsDir(directory, entries, skipped, options)) files.push(directory);
  }
  const fromRegistriesConf: Entries = new Map();
  for (const file of await registriesConfFiles(defaults, registriesConf)) {
    await unlessMissing(file, async () => {
      await readRegistriesConf(file.path, fromRegistriesConf, options);
      files.push(file.path);
    });
  }
  merge(entries, fromRegistriesConf);

  const hosts = requiredFile(hostsFile) ?? defaults.hosts;
  const fromHostsFile: Entries = new Map();
  const limits =
    hosts === undefined || hostsFile === false
      ? undefined
      : await unlessMissing(hosts, async () =>
          checkedLimits(hosts.path, await readHostsFile(hosts.path, fromHostsFile, options)),
        );
  if (limits !== undefined && hosts !== undefined) files.push(hosts.path);
  merge(entries, fromHostsFile);
  return Object.freeze({
    ...limits,
    registries: deepFreeze(Object.fromEntries(entries)),
    files: Object.freeze(files),
    skipped: Object.freeze(skipped),
  });
}

const requiredFile = (file: string | false | undefined): SettingsFile | undefined =>
  typeof file === 'string' ? { path: file, required: true } : undefined;

/** The main `registries.conf` and its drop-in files, or only the file that the options name. */
async function registriesConfFiles(
  defaults: HostFiles,
  option: string | false | undefined,
): Promise<readonly SettingsFile[]> {
  if (option === false) return [];
  if (option !== undefined) return [{ path: option, required: true }];
  const files: SettingsFile[] = [];
  for (const file of defaults.registriesConf) {
    if (files.length > 0) break;
    const exists =
      file.required || (await listDirectory(path.dirname(file.path))).includes(path.basename(file.path));
    if (exists) files.push(file);
  }
  for (const directory of defaults.registriesConfDirs) {
    const names = (await listDirectory(directory)).filter((name) => name.endsWith('.conf')).sort();
    files.push(...names.map((name) => ({ path: path.join(directory, name), required: false })));
  }
  return files;
}

/** The names in a directory; empty if the directory does not exist or may not be read. */
async function listDirectory(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const error = new FileSystemError('read', directory, cause as NodeJS.ErrnoException);
    // A directory that the user may not read is not meant for that user.
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(error.systemCode)) return [];
    throw error;
  }
}

/** Reads a file; undefined if it does not exist and is not required. */
async function unlessMissing<T>(file: SettingsFile, read: () => Promise<T>): Promise<T | undefined> {
  // A variable that names the null device means that no file is read.
  if (file.path === devNull) return undefined;
  try {
    return await read();
  } catch (error) {
    const missing = error instanceof FileSystemError && error.path === file.path;
    if (missing && !file.required && (error.systemCode === 'ENOENT' || error.systemCode === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

function checkedLimits(file: string, limits: GeneralSettings): GeneralSettings {
  try {
    checkLimits(limits);
    return limits;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsInvalidError(file, reason, { cause: error });
  }
}

/** Later settings override earlier ones, member by member. */
function merge(into: Entries, from: Entries): void {
  for (const [name, settings] of from) into.set(name, { ...into.get(name), ...settings });
}
