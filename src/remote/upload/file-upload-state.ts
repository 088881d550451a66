import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../../internal/files/atomic-file.js';
import { lazy } from '../../internal/async/lazy.js';
import { tryLock } from '../../internal/lock/lock-file.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { UploadKey, UploadLocation, UploadStateStore } from '../connection/upload-state.js';

/** Files of uploads that are older are removed. */
const WEEK_MS = 7 * 24 * 3_600_000;
/** The most bytes of a file that is read. */
const MAX_BYTES = 64 * 1024;

/**
 * Remembers each upload in a file, by default in `$XDG_CACHE_HOME/containerregistry/uploads`.
 *
 * A file holds the URL at which the registry keeps the upload, but no credentials. Because the URL may grant access like
 * a credential, only the user can read the file. Files are removed when their upload is finished, or after a week.
 *
 * @throws FileSystemError when the first upload begins, if the directory cannot be created.
 */
export function fileUploadState(directory: string = uploadStateDirectory()): UploadStateStore {
  const ready = lazy(async () => prepare(directory));
  return Object.freeze<UploadStateStore>({
    claim: async (upload, options) => {
      await ready(options);
      const file = path.join(directory, `${fileNameOf(upload)}.json`);
      const lock = await tryLock(`${file}.lock`, options);
      if (lock === undefined) return undefined;
      let saved = '';
      return {
        location: await read(file, upload),
        save: async (location) => {
          const text = JSON.stringify({ ...upload, ...location });
          if (text === saved) return;
          saved = text;
          // The upload itself succeeds without the file, but cannot be resumed.
          await writeFileAtomic(file, Buffer.from(text), { mode: 0o600 }).catch(() => undefined);
        },
        forget: async () => unlink(file).catch(() => undefined),
        release: async () => lock.release(),
      };
    },
  });
}

/** The default directory of remembered uploads. */
export function uploadStateDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { XDG_CACHE_HOME: cache = '', HOME: home = homedir() } = env;
  // The XDG specification says to ignore relative paths.
  return path.join(
    path.isAbsolute(cache) ? cache : path.join(home, '.cache'),
    'containerregistry',
    'uploads',
  );
}

/** Creates the directory, and removes the files of uploads that no registry will remember. */
async function prepare(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory)) {
      if (!/^\.?[0-9a-f]{64}\.json/.test(name)) continue;
      const file = path.join(directory, name);
      const stats = await lstat(file).catch(() => undefined);
      if (stats !== undefined && Date.now() - stats.mtimeMs > WEEK_MS)
        await unlink(file).catch(() => undefined);
    }
  } catch (error) {
    throw fileSystemError('create', directory, error);
  }
}

/** A hash, because the names of repositories may be longer than a file name, and paths may ignore case. */
function fileNameOf({ registry, repository, digest }: UploadKey): string {
  return createHash('sha256').update([registry, repository, digest].join('\n')).digest('hex');
}

/** Reads the location from a file; undefined if the file is missing, invalid, or about another upload. */
async function read(file: string, upload: UploadKey): Promise<UploadLocation | undefined> {
  try {
    const { size } = await lstat(file);
    if (size > MAX_BYTES) return undefined;
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isSaved(value, upload) ? { url: value.url, minChunk: value.minChunk } : undefined;
  } catch {
    return undefined;
  }
}

function isSaved(value: unknown, upload: UploadKey): value is UploadKey & UploadLocation {
  if (typeof value !== 'object' || value === null) return false;
  const saved: Partial<Record<string, unknown>> = { ...value };
  return (
    saved.registry === upload.registry &&
    saved.repository === upload.repository &&
    saved.digest === upload.digest &&
    typeof saved.url === 'string' &&
    URL.canParse(saved.url) &&
    typeof saved.minChunk === 'number' &&
    Number.isSafeInteger(saved.minChunk) &&
    saved.minChunk >= 0
  );
}
