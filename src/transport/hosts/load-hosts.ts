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
import type { Entries } from './check-entry.js';
import { hostFiles, type HostFilesOptions } from './host-files.js';
import { type GeneralSettings, readHostsFile } from './hosts-file.js';
import { readRegistriesConf } from './registries-conf.js';

export interface LoadHostsOptions extends HostFilesOptions, AbortOptions {
  /**
   * The `hosts.json` to read, which has to exist; `false` reads none.
   *
   * @default $CONTAINERREGISTRY_HOSTS, or else containerregistry/hosts.json in $XDG_CONFIG_HOME or ~/.config
   */
  readonly hostsFile?: string | false | undefined;
  /**
   * The `registries.conf` to read, without any drop-ins; `false` reads none.
   *
   * @default $CONTAINERS_REGISTRIES_CONF, or else the user's, or else the machine's, and all drop-ins
   */
  readonly registriesConf?: string | false | undefined;
  /**
   * Directories with certificates by host; the first that has a host counts for it.
   *
   * @default certs.d of the user's and the machine's containers and docker configuration
   */
  readonly certsDirs?: readonly string[] | undefined;
}

/** Settings from files, in the form of options. */
export interface LoadedHosts extends GeneralSettings {
  /** Frozen all the way down. */
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** What was read, in this order: later files override earlier ones. */
  readonly files: readonly string[];
  /** Certificates that could not be used. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Reads what this machine and its user have set for registries: certificates in `certs.d`, mirrors in
 * `registries.conf`, and everything in `hosts.json`, which has the last word on every setting. Spread the result into
 * the options of `crane` and `remote`, which read no files by themselves.
 *
 * @throws {@link SettingsInvalidError} for a file that is not what it should be, with the place of the mistake.
 * @throws {@link FileSystemError} for one that is there, or was named, and cannot be read.
 */
export async function loadHosts(options: LoadHostsOptions = {}): Promise<LoadedHosts> {
  const usual = hostFiles(options);
  const { hostsFile, registriesConf, certsDirs = usual.certsDirs } = options;
  const entries: Entries = new Map();
  const files: string[] = [];
  const skipped: SkippedFile[] = [];

  for (const directory of certsDirs) {
    if (await readCertsDir(directory, entries, skipped, options)) files.push(directory);
  }
  const settings: Entries = new Map();
  for (const file of await confFiles(usual, registriesConf)) {
    await unlessMissing(file, async () => {
      await readRegistriesConf(file.path, settings, options);
      files.push(file.path);
    });
  }
  merge(entries, settings);

  const hosts = named(hostsFile) ?? usual.hosts;
  const own: Entries = new Map();
  const limits =
    hosts === undefined || hostsFile === false
      ? undefined
      : await unlessMissing(hosts, async () =>
          checked(hosts.path, await readHostsFile(hosts.path, own, options)),
        );
  if (limits !== undefined && hosts !== undefined) files.push(hosts.path);
  merge(entries, own);
  return Object.freeze({
    ...limits,
    registries: deepFreeze(Object.fromEntries(entries)),
    files: Object.freeze(files),
    skipped: Object.freeze(skipped),
  });
}

interface NamedFile {
  readonly path: string;
  /** Somebody asked for it, so it has to be there. */
  readonly named: boolean;
}

const named = (file: string | false | undefined): NamedFile | undefined =>
  typeof file === 'string' ? { path: file, named: true } : undefined;

/** The main file, and what is dropped in beside it. */
async function confFiles(
  usual: ReturnType<typeof hostFiles>,
  given: string | false | undefined,
): Promise<readonly NamedFile[]> {
  if (given === false) return [];
  if (given !== undefined) return [{ path: given, named: true }];
  const main: NamedFile[] = [];
  for (const file of usual.registriesConf) {
    if (main.length > 0) break;
    const exists = file.named || (await namesIn(path.dirname(file.path))).includes(path.basename(file.path));
    if (exists) main.push(file);
  }
  for (const directory of usual.registriesConfDirs) {
    const names = (await namesIn(directory)).filter((name) => name.endsWith('.conf')).sort();
    main.push(...names.map((name) => ({ path: path.join(directory, name), named: false })));
  }
  return main;
}

/** The names in a directory; none if it is not there. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const error = new FileSystemError('read', directory, cause as NodeJS.ErrnoException);
    // What a user may not look into was not meant for that user.
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(error.systemCode)) return [];
    throw error;
  }
}

async function unlessMissing<T>(file: NamedFile, read: () => Promise<T>): Promise<T | undefined> {
  // The usual way to say "none" in a variable.
  if (file.path === devNull) return undefined;
  try {
    return await read();
  } catch (error) {
    const missing = error instanceof FileSystemError && error.path === file.path;
    if (missing && !file.named && (error.systemCode === 'ENOENT' || error.systemCode === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

function checked(file: string, limits: GeneralSettings): GeneralSettings {
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
